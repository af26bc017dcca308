import type { Attack } from "../attack.ts";

const SHARED =
  "with anything in net the task has the network of the host, and its abstract sockets";

export default {
  theme: "network",
  tries: "an abstract unix socket of the host, by a granted program of a task with net",
  open: { bwrap: SHARED, deno: SHARED },
  ends: { code: 0, stdout: /^(ConnectionRefused|PermissionDenied)\n$/ },
} satisfies Attack;
