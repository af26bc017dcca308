import type { Attack } from "../attack.ts";

export default {
  theme: "network",
  tries: "to open its own debugger port by SIGUSR1, or by node:inspector",
  ends: { code: 0, stdout: /^\{"inspector":"\w+","signal":"\w+( \w+)?"\}\n$/ },
  escaped: (_, { stderr }) => /Debugger listening|ws:\/\//.test(stderr) ? [stderr] : [],
} satisfies Attack;
