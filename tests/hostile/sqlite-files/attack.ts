import type { Attack } from "../attack.ts";

export default {
  theme: "files",
  tries:
    "node:sqlite on files: ATTACH, VACUUM INTO, URI names, backup, extensions, temporary files",
  ends: { code: 0, attempts: /^(Error|TypeError|NotCapable|NotFound)$/ },
  mayChange: ["data"],
} satisfies Attack;
