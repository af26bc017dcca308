/** Docs that say what the code says: the table of errors, names of files, links. */
import assert from "node:assert/strict";
import { ERROR_CODES } from "../sdk/errors.ts";
import { listKinds } from "../store/kinds.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const ERRORS = `${ROOT}docs/reference/errors.md`;

async function* files(folder: string, ending: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(`${ROOT}${folder}`)) {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory) yield* files(`${path}/`, ending);
    else if (path.endsWith(ending)) yield path;
  }
}

function formatErrors(): string {
  const exits: Record<number, string> = { 0: "the task's", 128: "128+N" };
  const rows = Object.entries(ERROR_CODES).map(([code, [exit, meaning]]) =>
    `| \`${code}\` | ${exits[exit] ?? exit} | ${meaning} |`
  );
  return [
    "# Errors",
    "",
    "Every error has a code that does not change: `error.code` in the document of `dicode run --json`,",
    "and `code` of a `DicodeError` in a program. A message names what was found and where; its hint is",
    "the next step. Written from `sdk/errors.ts`; do not edit.",
    "",
    "| code | exit code | meaning |",
    "| --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

/** A table without the padding that the formatter gives it. */
function squeeze(text: string): string {
  return text.replaceAll(/ +\|/g, " |").replaceAll(/-{3,}/g, "---").replaceAll(/\s+/g, " ").trim();
}

Deno.test("docs/reference/errors.md has a row for every error code", async () => {
  if (Deno.env.get("UPDATE")) await Deno.writeTextFile(ERRORS, formatErrors());
  assert.equal(squeeze(await Deno.readTextFile(ERRORS)), squeeze(formatErrors()));
});

/** Whether source text raises a code: makes an error, a problem or an outcome of it. */
function raises(text: string, code: string): boolean {
  const made = `(?:new \\w+Error|\\bsuper|\\bfailed|\\bfailure|\\bproblem)\\(\\s*"${code}"`;
  const field = `\\{[^{}]*\\bcode: "${code}"[,\\s}]`;
  return new RegExp(`${made}|${field}`).test(text);
}

Deno.test("raises() takes neither a comparison nor a type nor a comment for an error", () => {
  for (
    const text of [
      `throw new UsageError("usage", "x")`,
      `throw new UsageError(\n  "usage",\n  "x",\n)`,
      `return failed("usage", "x")`,
      `super("usage", "x")`,
      `error: {\n  code: "usage",\n  message }`,
      `return { code: "usage" }`,
    ]
  ) {
    assert.ok(raises(text, "usage"), text);
  }
  for (
    const text of [
      `if (error.code === "usage") return;`,
      `type Code = "usage" | "internal";`,
      `readonly code: "usage" | "internal";`,
      `throw new UsageError("usage_other", "x")`,
      `refuse("x", "usage")`,
    ]
  ) {
    assert.ok(!raises(text, "usage"), text);
  }
});

Deno.test("every error code is raised somewhere, with the class of its exit code", async () => {
  const classes: Record<string, number> = {
    NotFoundError: 1,
    UsageError: 2,
    SecretError: 4,
    StoreError: 5,
    SandboxError: 6,
  };
  let all = "";
  for (const folder of ["sdk/", "store/", "runtime/"]) {
    for await (const path of files(folder, ".ts")) {
      if (path === "sdk/errors.ts") continue;
      const text = await Deno.readTextFile(ROOT + path);
      all += text;
      for (const [, name, code] of text.matchAll(/new (\w+Error)\(\s*"(\w+)"/g)) {
        if (name === undefined || !(name in classes)) continue;
        const row = ERROR_CODES[code as keyof typeof ERROR_CODES];
        assert.equal(row?.[0], classes[name], `${path}: ${name} with ${code}`);
      }
    }
  }
  const code = all.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  for (const name of Object.keys(ERROR_CODES)) {
    assert.ok(raises(code, name), `nothing raises ${name}`);
  }
});

Deno.test("what is exported has a comment, and no signature has a type that is not exported", async () => {
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", "mod.ts", "sdk/mod.ts"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const found = new TextDecoder().decode(stderr)
    .matchAll(/error\[([\w-]+)\]: (.*)\n\s*--> (\S+)/g);
  const findings = [...found].map(([, kind, said, place]) =>
    `${place?.replace(ROOT, "")}: ${kind}: ${said}`
  );
  assert.deepEqual(findings, []);
});

Deno.test("every file that a page names or links to exists", async () => {
  const pages = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"];
  for await (const path of files("docs/", ".md")) pages.push(path);
  for (const page of pages) {
    const text = await Deno.readTextFile(ROOT + page);
    for (const [, link] of text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)) {
      const target = new URL(link!, `file://${ROOT}${page}`);
      await assert.doesNotReject(Deno.stat(target), `${page} links to ${link}`);
    }
    const named = text.matchAll(
      /`((?:(?:sdk|store|runtime|tests|examples|docs)\/)[\w./-]+\.(?:ts|md))`/g,
    );
    for (const [, path] of named) {
      await assert.doesNotReject(Deno.stat(ROOT + path), `${page} names ${path}`);
    }
  }
});

Deno.test("the README leads to the providers, and their list has each kind and a page of it", async () => {
  const list = await Deno.readTextFile(`${ROOT}docs/providers/README.md`);
  for (const kind of listKinds()) {
    const [, page] = new RegExp(`^\\|.*\\[\`${kind}\`\\]\\(([\\w-]+\\.md)\\)`, "m").exec(list) ??
      [];
    assert.ok(page, `docs/providers/README.md has no row for ${kind}`);
    await assert.doesNotReject(Deno.stat(`${ROOT}docs/providers/${page}`), kind);
    assert.ok(list.split("## Which one")[1]!.includes(`\`${kind}\``), `which one: no ${kind}`);
  }
  assert.ok(list.includes("(../guides/providers.md)"));
  const readme = await Deno.readTextFile(`${ROOT}README.md`);
  for (const page of ["providers/README.md", "guides/providers.md"]) {
    assert.ok(readme.includes(`(docs/${page})`), page);
  }
});

Deno.test("the security page names tests that exist, by their files and by their names", async () => {
  const text = await Deno.readTextFile(`${ROOT}docs/concepts/security.md`);
  for (
    const [, path, name] of text.matchAll(/`((?:e2e|unit)\/[\w/]*(?:_test\.ts)?)`(?:: ([^|;]+))?/g)
  ) {
    const target = `${ROOT}tests/${path}`;
    await assert.doesNotReject(Deno.stat(target), `the security page names tests/${path}`);
    if (name === undefined) continue;
    const tests = await Deno.readTextFile(target);
    assert.ok(tests.includes(name.trim()), `tests/${path} has no test "${name.trim()}"`);
  }
});
