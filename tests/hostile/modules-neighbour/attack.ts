import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "an import from the neighbour of a folder under permissions.modules",
  ends: { code: 6, stderr: /cannot import ".*lib-private\/code\.ts": it lies outside/ },
} satisfies Attack;
