import type { Attack } from "../attack.ts";

/** What there is for a task with no grant but its programs; everything below /usr is the system's. */
const ALLOWED = [
  /^\/(bin|sbin|lib|lib32|lib64|libx32|usr|proc|dev|etc|tmp|run)$/,
  /^\/etc\/(alternatives|ca-certificates|hosts|ld\.so\.cache|localtime|nsswitch\.conf|pki|resolv\.conf|ssl)$/,
  /^\/run\/dicode(\/(cache|deno|s|sdk))?$/,
];

export default {
  theme: "programs",
  tries: "a granted program that looks for whatever can be opened: folders, files, disks",
  open: { deno: "a program may open all that you may" },
  ends: { code: 0, stdout: /^"found \d+ paths"\n$/m },
  escaped(stage, { stdout }) {
    const found = stdout.split("\n").filter((line) => line.startsWith("/"));
    const parents = stage.dir.split("/").map((_, at, parts) => parts.slice(0, at + 1).join("/"));
    return found.filter((path) =>
      !ALLOWED.some((allowed) => allowed.test(path)) && !parents.includes(path) &&
      !path.startsWith(`${stage.dir}/`) && path !== Deno.execPath()
    );
  },
} satisfies Attack;
