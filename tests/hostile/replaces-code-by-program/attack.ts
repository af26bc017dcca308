import type { Attack } from "../attack.ts";

export default {
  theme: "programs",
  tries: "a granted program that renames a folder of code, and puts another in its place",
  open: { deno: "a program may do all that you may" },
  // A file that is mounted read-only moves with its folder, so dicode refuses.
  ends: { code: 6, stderr: /from programs/ },
  drive: (stage) => stage.runInTurn(stage.dir, stage.dir),
} satisfies Attack;
