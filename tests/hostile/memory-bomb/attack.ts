import type { Attack } from "../attack.ts";

export default {
  theme: "limits",
  tries: "to fill the memory: buffers, views, strings",
  needs: ["prlimit"],
  ends: { code: 0, attempts: /^(RangeError|GOT killed)$/ },
} satisfies Attack;
