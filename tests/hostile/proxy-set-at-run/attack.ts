import type { Attack } from "../attack.ts";

export default {
  theme: "network",
  tries: "to set a proxy variable before the first fetch, declared or not, also from a worker",
  ends: { code: 0, stdout: /^"page page"\n$/ },
} satisfies Attack;
