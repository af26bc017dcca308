import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "tasks, scripts, permissions, .env and .npmrc in files beside the task",
  ends: { code: 0, stdout: /^\{"injected":null,"kv":"undefined"\}\n$/ },
} satisfies Attack;
