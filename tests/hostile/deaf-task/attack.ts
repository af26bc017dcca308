import type { Attack } from "../attack.ts";

export default {
  theme: "programs",
  tries: "to outlive its time limit: signals ignored, a loop without an end, a deaf program",
  ends: { code: 124, stderr: /the task reached its time limit of 300ms/ },
} satisfies Attack;
