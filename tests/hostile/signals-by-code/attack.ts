import { type Attack, DENIED } from "../attack.ts";

export default {
  theme: "programs",
  tries: "JavaScript that sends signals: to its parent, to process 1, to its group",
  ends: { code: 0, attempts: DENIED },
} satisfies Attack;
