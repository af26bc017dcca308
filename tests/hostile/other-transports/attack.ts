import type { Attack } from "../attack.ts";

const SHARED = "with anything in net a program has the network of the host";

export default {
  theme: "network",
  tries: "another port, by a granted program with Multipath TCP, TCP Fast Open or another protocol",
  // Landlock knows ports, and what does not pass by it is shut.
  open: { bwrap: SHARED, deno: SHARED },
  ends: { code: 0, stdout: /^(\w+ 13\n){8}$/ },
} satisfies Attack;
