import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "a literal in dead code, so that a computed import of the same file is allowed",
  ends: { code: 6, stderr: /cannot import ".*beside\.json": it lies outside/ },
} satisfies Attack;
