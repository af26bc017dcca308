import type { Attack } from "../attack.ts";

export default {
  theme: "programs",
  tries: "programs in the background that ignore signals and hold the run's pipes open",
  ends: { code: 0, stdout: /^"done"\n$/m },
} satisfies Attack;
