import type { Attack } from "../attack.ts";

export default {
  theme: "limits",
  tries: "a granted program that fills /tmp, /dev/shm and Deno's cache",
  open: {
    deno: "a program may do all that you may",
    landlock: "the run's cache has no limit there",
  },
  shows: false,
  needs: ["head"],
  ends: { code: 0, stdout: /^"less than 400 MiB"\n$/ },
} satisfies Attack;
