import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "an import of the key as bytes, which a deno.json beside the task would unlock",
  ends: { code: 6, stderr: /cannot (import|load)/ },
} satisfies Attack;
