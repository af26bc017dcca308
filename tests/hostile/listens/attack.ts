import { type Attack, DENIED } from "../attack.ts";

export default {
  theme: "network",
  tries: "to listen: on a port, on a socket, for datagrams, as a server",
  ends: { code: 0, attempts: DENIED },
  mayChange: ["data"],
} satisfies Attack;
