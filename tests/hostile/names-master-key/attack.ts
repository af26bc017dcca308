import type { Attack } from "../attack.ts";

export default {
  theme: "environment",
  tries: "a task.yaml that asks for the master key by the name of its variable",
  ends: { code: 3, stderr: /^(dicode: error: .*DICODE_MASTER_KEY.*\n(dicode: hint: .*\n)?){5}$/ },
  arrange: (stage) => void (stage.env.DICODE_MASTER_KEY = stage.canaries.key!),
} satisfies Attack;
