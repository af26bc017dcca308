import { type Attack, DENIED } from "../attack.ts";

export default {
  theme: "files",
  tries:
    "/proc: environments, memory, descriptors and the root of itself, its parent and process 1",
  ends: { code: 0, attempts: DENIED },
  mayChange: ["data"],
} satisfies Attack;
