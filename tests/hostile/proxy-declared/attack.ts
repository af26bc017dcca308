import type { Attack } from "../attack.ts";

export default {
  theme: "network",
  tries: "a task.yaml that sends all traffic through a proxy that is not granted",
  ends: { code: 3, stderr: /cannot set HTTP_PROXY: its host is not in net/ },
} satisfies Attack;
