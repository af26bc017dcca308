import type { Attack } from "../attack.ts";

export default {
  theme: "channel",
  tries: "a second result, a forged error and a document of its own for --json",
  ends: { code: 0, stderr: /^$/ },
  arrange: (stage) => void stage.args.push("--json"),
  escaped(_, { stdout }) {
    const lines = stdout.trim().split("\n");
    const { status, result, exit_code } = JSON.parse(lines[0]!);
    return lines.length === 1 && status === "ok" && result === "first" && exit_code === 0
      ? []
      : [stdout];
  },
} satisfies Attack;
