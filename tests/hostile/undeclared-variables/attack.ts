import type { Attack } from "../attack.ts";

export default {
  theme: "environment",
  tries: "variables of the host that are not declared, by every way to ask",
  ends: {
    code: 0,
    attempts:
      /^GOT (undefined|\{\}|false|\[ "DECLARED" \]|\[Object: null prototype\] \{ DECLARED: "1" \})$|^NotCapable$/,
  },
} satisfies Attack;
