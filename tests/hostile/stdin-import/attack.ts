import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "an import of /dev/stdin, through which the secrets come",
  ends: { code: 6, stderr: /cannot (import|load|list)/ },
} satisfies Attack;
