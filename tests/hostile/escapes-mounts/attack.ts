import type { Attack } from "../attack.ts";

export default {
  theme: "programs",
  tries: "a granted program that makes namespaces of its own, mounts, and changes its root",
  open: { deno: "a program may do all that you may" },
  shows: false,
  needs: ["mount", "umount", "unshare", "nsenter"],
  ends: { code: 0, stdout: /^done\n/m },
} satisfies Attack;
