import type { Attack } from "../attack.ts";

export default {
  theme: "programs",
  tries:
    "a granted program that adds deno.json, deno.lock or task.js to the folder for the next run",
  open: { deno: "a program may do all that you may" },
  // Nothing can be mounted over a name that does not exist, so dicode refuses.
  ends: { code: 6, stderr: /from programs/ },
} satisfies Attack;
