import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "code from a declared host that imports a file of this machine",
  ends: { code: 1, stderr: /Remote modules are not allowed to import local modules/ },
} satisfies Attack;
