import type { Attack } from "../attack.ts";

export default {
  theme: "channel",
  tries: "requests written on every descriptor that the process has open",
  keys: ["canary"],
  ends: { code: 0, stdout: /(^|\n)"tried"\n$/ },
} satisfies Attack;
