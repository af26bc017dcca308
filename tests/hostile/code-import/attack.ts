import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "an import, a re-export and a deferred import of code outside the folder",
  ends: { code: 6, stderr: /lib\.ts:\d+:\d+: cannot import ".*beside\.ts": it lies outside/ },
} satisfies Attack;
