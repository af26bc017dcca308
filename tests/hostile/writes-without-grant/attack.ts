import type { Attack } from "../attack.ts";

export default {
  theme: "channel",
  tries: "to write and delete secrets with no secrets_write at all, the SDK's rules patched away",
  keys: ["canary"],
  ends: { code: 0, attempts: /^DicodeRefusal$/ },
} satisfies Attack;
