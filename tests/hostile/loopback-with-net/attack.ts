import type { Attack } from "../attack.ts";

const SHARED = "with anything in net a program has the network of the host";

export default {
  theme: "network",
  tries: "a server on loopback that is not granted, by a granted program of a task with net",
  // Landlock knows ports, and this one is not listed.
  open: { bwrap: SHARED, deno: SHARED },
  ends: { code: 0 },
} satisfies Attack;
