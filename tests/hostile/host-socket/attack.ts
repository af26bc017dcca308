import { type Attack, DENIED } from "../attack.ts";

export default {
  theme: "network",
  tries: "a unix socket of the host, as Docker and SSH agents have one, from JavaScript",
  ends: { code: 0, attempts: DENIED },
} satisfies Attack;
