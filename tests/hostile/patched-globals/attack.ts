import type { Attack } from "../attack.ts";

export default {
  theme: "channel",
  tries:
    "JSON, console, Promise, Map, TextDecoder and Object.prototype patched, to see what passes by",
  ends: { code: 0, stdout: /seen \d+/ },
  escaped: (_, { stdout }) =>
    /secret_of_another|hello.*token.{3}[\w-]{36}/.test(stdout) ? ["seen"] : [],
} satisfies Attack;
