import type { Attack } from "../attack.ts";

const CHECKED = "Deno checks an abstract name as if it were a file in the task's folder";

export default {
  theme: "network",
  tries: 'an abstract unix socket, from JavaScript with net "*" and a write grant on its folder',
  open: { bwrap: CHECKED, deno: CHECKED },
  ends: { code: 0, stdout: /^"(ConnectionRefused|PermissionDenied)"\n$/ },
} satisfies Attack;
