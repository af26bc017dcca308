import type { Attack } from "../attack.ts";

export default {
  theme: "channel",
  tries: "the SDK itself, for keys that secrets_write does not name",
  keys: ["canary", "OAUTH_TOKEN"],
  ends: { code: 0, attempts: /^(DicodeRefusal|GOT stored)$/ },
} satisfies Attack;
