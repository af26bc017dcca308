import type { Attack } from "../attack.ts";

export default {
  theme: "output",
  tries: "a value that the task itself has just stored, on stdout and in its result",
  keys: ["canary", "fresh"],
  ends: { code: 0, stdout: /^stored \*\*\*\n"\*\*\*"\n$/ },
  escaped: (stage, { stdout, stderr }) =>
    (stdout + stderr).includes(`fresh-value-${stage.mark}`) ? ["the fresh value"] : [],
} satisfies Attack;
