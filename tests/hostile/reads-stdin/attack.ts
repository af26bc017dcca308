import type { Attack } from "../attack.ts";

export default {
  theme: "environment",
  tries: "standard input, on which the variables were handed over, a second time",
  ends: { code: 0, attempts: /^(GOT (null|0|)|NotCapable|NotFound|BadResource|Error)$/ },
} satisfies Attack;
