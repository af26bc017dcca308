import type { Attack } from "../attack.ts";

export default {
  theme: "environment",
  tries: "LD_PRELOAD, LD_LIBRARY_PATH and a path to another program for a granted program",
  ends: { code: 0, attempts: /^(NotCapable|Error)$/ },
} satisfies Attack;
