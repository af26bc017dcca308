import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "a deno.json whose import map leads a bare name by a path to the key",
  ends: { code: 6, stderr: /cannot import ".*master\.key" as "harmless"/ },
} satisfies Attack;
