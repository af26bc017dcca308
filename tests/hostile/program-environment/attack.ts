import type { Attack } from "../attack.ts";

const KNOWN =
  /^(DENO_DIR|DENO_NO_UPDATE_CHECK|NO_COLOR|PATH|PWD|TMPDIR|PLAIN|_|SHLVL|OLDPWD|LC_CTYPE)$/;

export default {
  theme: "environment",
  tries: "a granted program that prints its environment",
  ends: { code: 0, stdout: /^PLAIN=seen$/m },
  escaped: (_, { stdout }) =>
    [...stdout.matchAll(/^(\w+)=/gm)].map(([, name]) => name!).filter((name) => !KNOWN.test(name)),
} satisfies Attack;
