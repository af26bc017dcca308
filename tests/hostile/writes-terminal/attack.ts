import type { Attack } from "../attack.ts";

export default {
  theme: "programs",
  tries: "a secret on /dev/tty, past the masking, and keys typed into your terminal",
  needs: ["script"],
  ends: { code: 0, stdout: /done/ },
  async drive(stage) {
    // `script` gives dicode a terminal of its own; what arrives there is what people would see.
    const cli = new URL("../../../cli.ts", import.meta.url).pathname;
    const run = [Deno.execPath(), "run", "--quiet", "--no-prompt", "-A", cli, "run", stage.dir];
    const line = [...run, "--isolation", stage.wall].join(" ");
    const { DENO_DIR } = Deno.env.toObject();
    const home = Deno.env.get("HOME");
    const { code, stdout } = await new Deno.Command("script", {
      args: ["-qec", line, "/dev/null"],
      clearEnv: true,
      env: {
        HOME: stage.world.home,
        PATH: "/usr/bin:/bin",
        DENO_DIR: DENO_DIR ?? `${home}/.cache/deno`,
        ...stage.env,
      },
      cwd: stage.world.dir,
      stdin: "null",
    }).output();
    return { code, stdout: new TextDecoder().decode(stdout), stderr: "" };
  },
} satisfies Attack;
