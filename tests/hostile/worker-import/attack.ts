import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "workers, which have a module graph and a realm of their own",
  ends: { code: 0, attempts: /^GOT (denied|NotCapable|nothing)$/ },
} satisfies Attack;
