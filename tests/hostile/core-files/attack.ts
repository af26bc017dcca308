import type { Attack } from "../attack.ts";

export default {
  theme: "programs",
  tries: "a crash whose core file would hold the secrets",
  ends: { code: 134, stdout: /^0 0\n/ },
} satisfies Attack;
