import type { Attack } from "../attack.ts";

export default {
  theme: "limits",
  tries: "to write a file that fills the disk",
  needs: ["prlimit"],
  ends: { code: 153, stderr: /killed by SIGXFSZ/ },
  mayChange: ["out"],
  escaped: ({ dir }) => Deno.statSync(`${dir}/out/big`).size > 1024 * 1024 ? ["a big file"] : [],
} satisfies Attack;
