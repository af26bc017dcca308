import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "a deno.json whose import map leads a bare name to the key",
  ends: { code: 6, stderr: /cannot (load|import)/ },
} satisfies Attack;
