import type { Attack } from "../attack.ts";

const SESSION = "who leaves the process group is not found any more";

export default {
  theme: "programs",
  tries: "a program that goes on in a session of its own after the run's end",
  open: { landlock: SESSION, deno: SESSION },
  needs: ["setsid"],
  ends: { code: 0, stdout: /^done\n/m },
} satisfies Attack;
