import type { Attack } from "../attack.ts";

export default {
  theme: "files",
  tries:
    "to leave files in its folder that steer its next run: package.json, .npmrc, .env, packages",
  ends: { code: 0, stdout: /^("planted"\n)("found: undefined undefined"\n)$/ },
  drive: (stage) => stage.runInTurn(stage.dir, stage.dir),
  mayChange: ["package.json", ".npmrc", ".env", "node_modules", "npm", "preload.ts"],
} satisfies Attack;
