import type { Attack } from "../attack.ts";

export default {
  theme: "network",
  tries: "a unix socket of the host, by a granted program",
  open: {
    landlock: "Landlock does not know that sockets are dialled",
    deno: "a program may do all that you may",
  },
  ends: { code: 0, stdout: /^(NotFound|PermissionDenied)\n$/ },
} satisfies Attack;
