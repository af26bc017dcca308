import { type Attack, DENIED } from "../attack.ts";

export default {
  theme: "files",
  tries: "to rewrite task.yaml and its code under a write grant on its own folder",
  ends: { code: 0, attempts: DENIED },
} satisfies Attack;
