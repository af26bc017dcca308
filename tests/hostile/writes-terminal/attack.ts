import { cliArgs, cliEnv } from "../../e2e/shell.ts";
import type { Attack } from "../attack.ts";

export default {
  theme: "programs",
  tries: "a secret on /dev/tty, past the masking, and keys typed into your terminal",
  needs: ["script"],
  ends: { code: 0, stdout: /done/ },
  async drive({ world, dir, wall }) {
    // `script` gives dicode a terminal of its own; what arrives there is what people would see.
    const line = cliArgs(["run", dir, "--isolation", wall]).join(" ");
    const { code, stdout } = await new Deno.Command("script", {
      args: ["-qec", line, "/dev/null"],
      clearEnv: true,
      env: cliEnv(world),
      cwd: world.dir,
      stdin: "null",
    }).output();
    return { code, stdout: new TextDecoder().decode(stdout), stderr: "" };
  },
} satisfies Attack;
