import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "an import of code from a host that is not declared",
  ends: { code: 6, stderr: /task\.yaml does not declare 127\.0\.0\.1/ },
} satisfies Attack;
