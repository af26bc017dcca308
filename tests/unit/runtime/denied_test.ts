import assert from "node:assert/strict";
import fc from "fast-check";
import { explainDenied } from "../../../runtime/denied.ts";
import { parseTask } from "../../../runtime/task.ts";

/** What Deno 2.9.6 says, and the grant that it comes to. */
const MESSAGES: Record<string, string> = {
  [`read access to "./data.txt"`]: `fs: [{ path: ./data.txt, permission: r }]`,
  [`read access to "null"`]: `fs: [{ path: "null", permission: r }]`,
  [`read access to "/etc/hostname"`]: "fs: [{ path: /etc/hostname, permission: r }]",
  [`write access to "out.txt"`]: "fs: [{ path: ./, permission: rw }]",
  [`write access to "/var/out/a.txt"`]: "fs: [{ path: /var/out/, permission: rw }]",
  [`net access to "127.0.0.1:8080"`]: `net: ["127.0.0.1:8080"]`,
  [`net access to "api.github.com:443"`]: `net: ["api.github.com:443"]`,
  [`net access to "[::1]:80"`]: `net: ["[::1]:80"]`,
  [`net access to "0.0.0.0:0"`]: `net: ["0.0.0.0"]`,
  [`run access to "git"`]: "run: [git]",
  [`sys access to "osRelease"`]: "sys: [osRelease]",
  [`env access to "HOME"`]: "env: [HOME]",
  [`import access to "esm.sh:443"`]: `import: ["esm.sh:443"]`,
};

Deno.test("explainDenied() turns each of Deno's refusals into a line of task.yaml", () => {
  for (const [denied, grant] of Object.entries(MESSAGES)) {
    const message = `NotCapable: Requires ${denied}, run again with the --allow-x flag`;
    assert.equal(explainDenied(message), `add to task.yaml: permissions: { ${grant} }`);
  }
});

Deno.test("explainDenied() says nothing of other texts", () => {
  const others = [
    "",
    "Requires read access",
    `Requires read access to ""`,
    `Requires ffi access to "x"`,
    `requires read access to "x"`,
    `Requires read access to "a\nb"`,
    `Requires read access to "${"x".repeat(301)}"`,
  ];
  for (const other of others) assert.equal(explainDenied(other), undefined, other);
});

Deno.test("explainDenied() hints at YAML that reads as the very path, whatever the task wrote", () => {
  const path = fc.string({ minLength: 1, maxLength: 30, unit: "grapheme" })
    .filter((path) => !/["\n]/.test(path));
  fc.assert(
    fc.property(path, (path) => {
      const hint = explainDenied(`Requires read access to "${path}", run`);
      const yaml = hint!.slice("add to task.yaml: ".length);
      const read = readPath(yaml);
      // A path that task.yaml does not take at all (a comma, a control character) is refused there.
      if (read !== undefined) assert.equal(read, path);
      else assert.doesNotMatch(path, /^[\w./~-]+$/);
    }),
    { numRuns: Deno.env.get("SLOW") === "1" ? 1000 : 100 },
  );
});

function readPath(yaml: string): string | undefined {
  try {
    const place = { file: "task.yaml", dir: "/tasks/x", entry: "/tasks/x/task.ts" };
    return parseTask(yaml, place).permissions.fs[0]?.path;
  } catch {
    return undefined;
  }
}
