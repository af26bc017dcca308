import type { Attack } from "../attack.ts";

const UNSEEN = "who left the process group as an orphan, before it was seen, is not counted";

export default {
  theme: "limits",
  tries: "a granted program that starts itself twice, over and over, each in a session of its own",
  open: { landlock: UNSEEN, deno: UNSEEN },
  shows: false,
  needs: ["setsid"],
  ends: { code: 1, stdout: /^$/, stderr: /more processes or threads than limits\.processes/ },
} satisfies Attack;
