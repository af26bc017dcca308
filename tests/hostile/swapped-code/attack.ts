import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "other code behind the same address, once the first was fetched and pinned",
  ends: { code: 0, stdout: /^"first"\n"first"\n$/ },
  async drive(stage) {
    const first = await stage.run();
    stage.pages.files.set("/code.ts", `export const word = "ESCAPED";\n`);
    const second = await stage.run();
    return { ...second, stdout: first.stdout + second.stdout };
  },
} satisfies Attack;
