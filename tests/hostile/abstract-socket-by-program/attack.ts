import type { Attack } from "../attack.ts";

export default {
  theme: "network",
  tries: "an abstract unix socket of the host, by a granted program of a task without net",
  open: { deno: "a program may do all that you may" },
  ends: { code: 0, stdout: /^(ConnectionRefused|PermissionDenied)\n$/ },
} satisfies Attack;
