import type { Attack } from "../attack.ts";

export default {
  theme: "limits",
  tries: "a result and an error of more than the host takes",
  ends: { code: 1, stderr: /it is longer than 8 MiB as JSON/ },
} satisfies Attack;
