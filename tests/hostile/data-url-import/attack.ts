import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "a data: URL whose code imports a file",
  ends: { code: 6, stderr: /cannot (import|load)/ },
} satisfies Attack;
