import type { Attack } from "../attack.ts";

export default {
  theme: "channel",
  tries: "raw requests on the channel: to read secrets, to write and delete others, with odd types",
  keys: ["canary", "ok_granted"],
  ends: { code: 0, stdout: /^refused 12 of 13\n$/ },
} satisfies Attack;
