import { type Attack, DENIED } from "../attack.ts";

export default {
  theme: "files",
  tries: "to read the key, the store, ~/.ssh and files beside the task by every function there is",
  ends: { code: 0, attempts: DENIED },
} satisfies Attack;
