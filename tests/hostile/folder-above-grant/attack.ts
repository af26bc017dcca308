import type { Attack } from "../attack.ts";

export default {
  theme: "files",
  tries: "a write grant on the folder above the task, by which its folder could be replaced",
  ends: { code: 6, stderr: /for writing: it covers ".*folder-above-grant", which holds code/ },
} satisfies Attack;
