import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "a JSX pragma that names a file as its library",
  ends: { code: 6, stderr: /cannot (import|load)/ },
} satisfies Attack;
