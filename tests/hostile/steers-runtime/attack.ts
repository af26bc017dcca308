import type { Attack } from "../attack.ts";

export default {
  theme: "environment",
  tries: "declared variables that would steer the runtime: LD_PRELOAD, DENO_DIR, NODE_OPTIONS, …",
  // The dynamic linker would say on stderr that it cannot load the file.
  ends: { code: 0, stdout: /^"clean"\n$/, stderr: /^$/ },
} satisfies Attack;
