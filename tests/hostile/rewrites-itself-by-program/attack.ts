import type { Attack } from "../attack.ts";

export default {
  theme: "programs",
  tries: "a granted program that rewrites task.yaml and the code under a write grant on the folder",
  open: { deno: "a program may do all that you may" },
  // The kernel's walls cannot keep all of that from a program, so dicode refuses.
  ends: { code: 6, stderr: /from programs/ },
  mayChange: ["data"],
} satisfies Attack;
