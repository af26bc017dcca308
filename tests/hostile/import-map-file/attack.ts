import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "a deno.json whose import map leads a bare name to the address of the key",
  ends: { code: 3, stderr: /deno\.json:\d+:\d+/ },
} satisfies Attack;
