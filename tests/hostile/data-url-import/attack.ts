import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "data: URLs whose code imports the key, and a file beside the task",
  ends: { code: 6, stderr: /cannot (import|load)/ },
} satisfies Attack;
