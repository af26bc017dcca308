import type { Attack } from "../attack.ts";

export default {
  theme: "files",
  tries:
    "to leave files in its folder that steer its next run: package.json, .npmrc, .env, packages",
  ends: { code: 0, stdout: /^("planted"\n)("found: undefined undefined"\n)$/ },
  async drive(stage) {
    const first = await stage.run();
    const second = await stage.run();
    return {
      code: first.code || second.code,
      stdout: first.stdout + second.stdout,
      stderr: first.stderr + second.stderr,
    };
  },
  mayChange: ["package.json", ".npmrc", ".env", "node_modules", "npm", "preload.ts"],
} satisfies Attack;
