import assert from "node:assert/strict";
import fc from "fast-check";
import { ConfigError } from "../../../sdk/errors.ts";
import type { FieldForm, Form } from "../../../runtime/shape.ts";
import { DEFAULT_LIMITS, loadTask, parseTask, TASK, type Task } from "../../../runtime/task.ts";

const RUNS = Deno.env.get("SLOW") === "1" ? 20_000 : 500;
const AT = { dir: "/tasks/hello", file: "task.yaml", entry: "/tasks/hello/task.ts" };

function parse(source: string): Task {
  return parseTask(source, AT);
}

function said(source: string): string[] {
  try {
    parse(source);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems.map(({ message, where }) => `${where.line}:${where.column} ${message}`);
  }
  return [];
}

function grants(source: string): Task["permissions"] {
  return parse(`permissions:\n${source.replace(/^/gm, "  ")}`).permissions;
}

const WHOLE = `
name: rotate-token
description: Turns an old token into a new one.
runtime: deno
trigger: { manual: true }
timeout: 90s
params:
  repo: denoland/deno
  limit: { default: "10", description: how many, required: true, type: number }
  build: 010
permissions:
  env:
    - HOME
    - { name: API_KEY, from: GH_TOKEN }
    - { name: SAME, from: "env:GH_TOKEN", optional: true, mask: false }
    - { name: DB_PASS, secret: db_password }
    - { name: SLACK, secret: slack, optional: true }
    - { name: LOG_LEVEL, value: info }
    - PORT=8080=x
  net: [API.github.com, "localhost:8080", "[::1]", "192.0.2.1:443", "*"]
  fs:
    - { path: ./data, permission: rw }
    - { path: "\${TASK_DIR}/in", permission: r }
    - { path: ~/out/, permission: w }
  run: [git, /usr/bin/env]
  sys: [hostname, cpus]
  import: [esm.sh, "cdn.example:8443"]
  modules: [../lib]
  dicode: { secrets_write: ["OAUTH_*"] }
limits: { memory: 512MiB, files: 32, processes: 0, file: 10MB, output: 0 }
`;

Deno.test("parseTask() takes a bare variable as a map, to say whether it is masked", () => {
  const source = "permissions: { env: [{ name: HOME, mask: true }] }";
  const { env } =
    parseTask(source, { dir: "/t", file: "task.yaml", entry: "/t/task.ts" }).permissions;
  const where = { file: "task.yaml", line: 1, column: 22 };
  assert.deepEqual(env, [{ kind: "pass", name: "HOME", mask: true, where }]);
});

Deno.test("parseTask() reads the whole contract", () => {
  const task = parse(WHOLE);
  assert.equal(task.id, "hello");
  assert.equal(task.name, "rotate-token");
  assert.equal(task.description, "Turns an old token into a new one.");
  assert.equal(task.timeoutMs, 90_000);
  assert.equal(task.entry, AT.entry);
  assert.deepEqual(task.limits, {
    memoryBytes: 536_870_912,
    files: 32,
    processes: 0,
    fileBytes: 10_000_000,
    outputBytes: 0,
  });
  assert.deepEqual(task.warnings, []);
  const where = { file: "task.yaml", line: 5, column: 12 };
  assert.deepEqual(task.trigger, { kind: "manual", where });
});

Deno.test("parseTask() reads the forms of env", () => {
  const { env } = parse(WHOLE).permissions;
  assert.deepEqual(env.map(({ where: _, ...entry }) => entry), [
    { kind: "pass", name: "HOME" },
    { kind: "from", name: "API_KEY", from: "GH_TOKEN", optional: false },
    { kind: "from", name: "SAME", from: "GH_TOKEN", optional: true, mask: false },
    { kind: "secret", name: "DB_PASS", secret: "db_password", optional: false },
    { kind: "secret", name: "SLACK", secret: "slack", optional: true },
    { kind: "value", name: "LOG_LEVEL", value: "info" },
    { kind: "value", name: "PORT", value: "8080=x" },
  ]);
  assert.deepEqual(env[1]!.where, { file: "task.yaml", line: 14, column: 7 });
});

Deno.test("parseTask() reads params in both forms", () => {
  const { params } = parse(WHOLE);
  assert.deepEqual(params.map(({ where: _, ...param }) => param), [
    { name: "repo", default: "denoland/deno", required: false, type: "string" },
    { name: "limit", default: "10", description: "how many", required: true, type: "number" },
    { name: "build", default: "010", required: false, type: "string" },
  ]);
  const list = parse(
    "params:\n  - { name: repo, default: 8080 }\n  - name: dry\n    required: true\n",
  );
  assert.deepEqual(list.params, [
    {
      name: "repo",
      default: "8080",
      required: false,
      type: "string",
      where: { file: "task.yaml", line: 2, column: 5 },
    },
    {
      name: "dry",
      required: true,
      type: "string",
      where: { file: "task.yaml", line: 3, column: 5 },
    },
  ]);
});

Deno.test("parseTask() reads the other grants, with places", () => {
  const { net, fs, run, sys, import: imports, modules, secretsWrite } = parse(WHOLE).permissions;
  const values = (located: readonly { value: string }[]) => located.map(({ value }) => value);
  assert.deepEqual(values(net), [
    "api.github.com",
    "localhost:8080",
    "[::1]",
    "192.0.2.1:443",
    "*",
  ]);
  assert.deepEqual(net[1]!.where, { file: "task.yaml", line: 20, column: 25 });
  assert.deepEqual(fs.map(({ path, read, write }) => [path, read, write]), [
    ["./data", true, true],
    ["${TASK_DIR}/in", true, false],
    ["~/out/", false, true],
  ]);
  assert.deepEqual(values(run), ["git", "/usr/bin/env"]);
  assert.deepEqual(values(sys), ["hostname", "cpus"]);
  assert.deepEqual(values(imports), ["esm.sh", "cdn.example:8443"]);
  assert.deepEqual(values(modules), ["../lib"]);
  assert.deepEqual(secretsWrite, ["OAUTH_*"]);
});

Deno.test("parseTask() denies everything that is not listed", () => {
  const task = parse("name: x\n");
  assert.deepEqual(task.permissions, {
    env: [],
    net: [],
    fs: [],
    run: [],
    sys: [],
    import: [],
    modules: [],
    secretsWrite: false,
  });
  assert.equal(task.timeoutMs, 60_000);
  assert.equal(task.trigger, undefined);
  assert.deepEqual(task.limits, DEFAULT_LIMITS);
  assert.equal(parse("timeout: 0\n").name, "hello");
});

const triggers: Record<string, unknown> = {
  '{ cron: "0 9 * * MON-FRI" }': { kind: "cron", schedule: "0 9 * * MON-FRI" },
  '{ cron: "*/5,7 0-6/2 1 jan 7" }': { kind: "cron", schedule: "*/5,7 0-6/2 1 jan 7" },
  '{ cron: "@daily" }': { kind: "cron", schedule: "@daily" },
  '{ cron: "@every 1h30m" }': { kind: "cron", schedule: "@every 1h30m" },
  "{ webhook: /hooks/x }": {
    kind: "webhook",
    path: "/hooks/x",
    auth: "none",
    replayProtection: false,
    requireTimestamp: false,
  },
  '{ webhook: /x, webhook_secret: "${S}", auth: any, require_timestamp: true }': {
    kind: "webhook",
    path: "/x",
    secret: "${S}",
    auth: "any",
    replayProtection: true,
    requireTimestamp: true,
  },
  "{ chain: { from: other } }": { kind: "chain", from: "other", on: "success", params: {} },
  "{ chain: { from: other, on: always, params: { a: 1 } } }": {
    kind: "chain",
    from: "other",
    on: "always",
    params: { a: "1" },
  },
  "{ daemon: true }": { kind: "daemon", restart: "always" },
  "{ daemon: true, restart: never }": { kind: "daemon", restart: "never" },
};
for (const [source, expected] of Object.entries(triggers)) {
  Deno.test(`parseTask() reads trigger: ${source}`, () => {
    const { where, ...trigger } = parse(`trigger: ${source}\n`).trigger!;
    assert.deepEqual(trigger, expected);
    assert.equal(where.line, 1);
  });
}

const schedules = ["* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8"]
  .concat(
    "*/0 * * * *",
    "5-1 * * * *",
    "a * * * *",
    "* * * foo *",
    "@every",
    "@every 0s",
    ", * * * *",
  );
for (const schedule of schedules) {
  Deno.test(`parseTask() refuses the schedule ${schedule}`, () => {
    assert.equal(said(`trigger: { cron: "${schedule}" }\n`).length, 1);
  });
}

Deno.test("parseTask() accepts fields of the wider format with one warning each", () => {
  const { warnings } = parse("apiVersion: dicode/v1\nkind: Task\nname: x\ndocker: { image: y }\n");
  assert.deepEqual(warnings.map(({ message, where }) => [where.line, message]), [
    [1, '"apiVersion" has no effect: this host does not act on it'],
    [2, '"kind" has no effect: this host does not act on it'],
    [4, '"docker" has no effect: this host does not act on it'],
  ]);
});

Deno.test("parseTask() refuses a duplicate variable", () => {
  assert.deepEqual(said("permissions:\n  env: [A=1, B, { name: A, secret: x }]\n"), [
    "2:17 cannot declare A twice: it is declared in line 2",
  ]);
});

Deno.test("parseTask() refuses every way to name a DICODE variable", () => {
  const entries = [
    "DICODE_MASTER_KEY",
    "DICODE_X=1",
    "{ name: DICODE_X, value: y }",
    "{ name: A, from: DICODE_MASTER_KEY }",
    '{ name: A, from: "env:DICODE_MASTER_KEY" }',
    "{ name: A, secret: DICODE_MASTER_KEY }",
  ];
  for (const entry of entries) {
    const [message, more] = said(`permissions:\n  env:\n    - ${entry}\n`);
    assert.match(message ?? "", /is reserved/, entry);
    assert.equal(more, undefined);
  }
});

Deno.test("parseTask() refuses a comma in every grant", () => {
  for (const grant of ["net", "run", "sys", "import", "modules"]) {
    for (const entry of ["a,b", ",", "a\\nb", "a\\u0000", ""]) {
      const found = said(`permissions:\n  ${grant}: ["${entry}"]\n`);
      assert.equal(found.length, 1, `${grant} ${entry}`);
    }
  }
  assert.equal(said('permissions:\n  fs: [{ path: "a,b", permission: r }]\n').length, 1);
});

Deno.test("parseTask() refuses a net entry that is no host", () => {
  const entries = [
    "*.a.com",
    "a.*",
    "*:80",
    "10.0.0.0/8",
    "unix:/x",
    "unix:///x",
    "UNIX:x",
    "vsock:1",
    "http://a.com",
    "a.com/x",
    "a.com?x",
    "a.com#x",
    "u@a.com",
    "a.com:0",
    "a.com:65536",
    "a.com:080",
    "a.com:",
    "a b",
    "a\\u00a0b",
    "a\\u200bb",
    "1.2.3",
    "256.1.1.1",
    "01.2.3.4",
    "0x7f000001",
    "::1",
    "[::1",
    "[fe80::1%eth0]",
    "[]",
    "é.com",
    "a..b",
    ".a",
    "a.",
    "-",
    "a\\\\b",
    "x".repeat(64) + ".com",
  ];
  for (const entry of entries) {
    assert.equal(said(`permissions:\n  net: ["${entry}"]\n`).length, 1, entry);
    assert.equal(said(`permissions:\n  import: ["${entry}"]\n`).length, 1, entry);
  }
});

Deno.test("parseTask() accepts hosts of one label, with _ and with digits", () => {
  for (
    const host of ["localhost", "db_1", "a-b.c", "1password.com", "xn--exmple-cua.com", "data:80"]
  ) {
    assert.equal(grants(`net: ["${host}"]`).net[0]!.value, host);
  }
});

Deno.test("parseTask() shows no URL of net: it may hold a credential", () => {
  for (const entry of ["https://h.example/s3kr3t", "u:s3kr3t@h.example", "h.example?k=s3kr3t"]) {
    const source = `permissions:\n  net: ["${entry}"]\n`;
    try {
      parse(source);
      assert.fail("the entry passes");
    } catch (error) {
      assert.ok(error instanceof ConfigError);
      assert.doesNotMatch(JSON.stringify(error.problems), /s3kr3t/);
      assert.equal(error.hint, "write h.example");
    }
  }
});

Deno.test("parseTask() refuses a proxy outside net", () => {
  const names = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
  ];
  for (const name of names) {
    const env = `permissions:\n  env: ["${name}=http://u:p@proxy.corp:3128"]\n`;
    assert.match(said(env)[0] ?? "", /its host is not in net/, name);
    assert.match(said(`${env}  net: ["proxy.corp:80"]\n`)[0] ?? "", /its host is not in net/);
    assert.deepEqual(said(`${env}  net: ["proxy.corp:3128"]\n`), []);
    assert.deepEqual(said(`${env}  net: [Proxy.corp]\n`), []);
    assert.deepEqual(said(`${env}  net: ["*"]\n`), []);
  }
});

Deno.test('parseTask() does not take "*" for a grant of a loopback or link-local proxy', () => {
  const hosts = ["localhost", "127.0.0.1", "2130706433", "[::1]", "169.254.169.254"];
  for (const host of [...hosts, "app.localhost", "100.100.100.200", "[64:ff9b::1]"]) {
    const source = `permissions:\n  env: ["HTTP_PROXY=${host}:3128"]\n  net: ["*"]\n`;
    assert.equal(said(source).length, 1, host);
  }
});

Deno.test("parseTask() leaves proxies from the host and from secrets to the run", () => {
  const { env } = grants("env: [HTTP_PROXY, { name: all_proxy, secret: p }, NO_PROXY=x]");
  assert.equal(env.length, 3);
});

Deno.test("parseTask() takes NO_PROXY beside a proxy variable only", () => {
  assert.equal(said("permissions:\n  env: [NO_PROXY=localhost]\n").length, 1);
  assert.equal(said("permissions:\n  env: [no_proxy]\n").length, 1);
});

Deno.test("parseTask() keeps an empty literal and one of 1 MiB, and refuses NUL", () => {
  assert.deepEqual(grants('env: [{ name: A, value: "" }, B=]').env.map((e) => e.kind), [
    "value",
    "value",
  ]);
  assert.equal(said('permissions:\n  env: [{ name: A, value: "\\0" }, "B=\\0"]\n').length, 2);
  const long = "\\L".repeat(400_000);
  assert.match(said(`permissions:\n  env: ["A=${long}"]\n`)[0]!, /the text is over 1 MiB/);
});

Deno.test("parseTask() takes the names of Object.prototype for params", () => {
  const { params } = parse("params: { constructor: a, __proto__: b }\n");
  assert.deepEqual(params.map(({ name }) => name), ["constructor", "__proto__"]);
});

Deno.test("parseTask() reports a warning's field and a mistake's apart", () => {
  assert.deepEqual(said("author: me\ntimeout: 1\n"), [
    '2:10 cannot use "timeout": "1" has no unit',
  ]);
});

const REFERENCE = Deno.readTextFileSync(
  new URL("../../../docs/reference/task-yaml.md", import.meta.url),
);

Deno.test("the reference of task.yaml names every field", () => {
  for (const name of namesOf({ type: "fields", fields: formsOf(TASK) })) {
    assert.ok(REFERENCE.includes(`\`${name}\``) || REFERENCE.includes(`${name}\n`), name);
  }
});

Deno.test("the reference of task.yaml shows examples that pass", () => {
  const examples = Array.from(REFERENCE.matchAll(/```yaml\n(.*?)```/gs), ([, source]) => source!);
  assert.ok(examples.length >= 3);
  for (const source of examples) assert.deepEqual(said(source), []);
});

Deno.test("the reference of task.yaml quotes messages as they are", () => {
  const rows = Array.from(
    REFERENCE.matchAll(/^\| `((?:timeout|name|runtime|trigger): .*?)`\s+\| `(.*?)`/gm),
    ([, source, message]) => [source!, message!] as const,
  );
  assert.ok(rows.length >= 5);
  for (const [source, message] of rows) {
    assert.deepEqual(said(source).map((found) => found.replace(/^\S+ /, "")), [message]);
  }
});

function formsOf(table: typeof TASK): Record<string, FieldForm> {
  return Object.fromEntries(
    Object.entries(table).map(([name, { shape, about }]) => [
      name,
      { form: shape.form, about, required: false },
    ]),
  );
}

function namesOf(form: Form): string[] {
  if (form.type === "list") return namesOf(form.item);
  if (form.type === "table") return namesOf(form.value);
  if (form.type === "forms") return form.of.flatMap(namesOf);
  if (form.type !== "fields") return [];
  return Object.entries(form.fields).flatMap(([name, field]) => [name, ...namesOf(field.form)]);
}

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("loadTask() reads a folder, through links, with task.ts or task.js", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/hello`);
    await Deno.symlink(`${folder}/hello`, `${folder}/link`);
    await Deno.writeTextFile(`${folder}/hello/task.yaml`, "\ufefftimeout: 5s\n");
    await Deno.writeTextFile(`${folder}/hello/task.js`, "");
    const task = await loadTask(`${folder}/link`);
    assert.equal(task.dir, `${folder}/hello`);
    assert.equal(task.id, "hello");
    assert.equal(task.file, `${folder}/hello/task.yaml`);
    assert.equal(task.entry, `${folder}/hello/task.js`);
    await Deno.rename(`${folder}/hello/task.js`, `${folder}/hello/task.ts`);
    assert.equal((await loadTask(`${folder}/hello/`)).entry, `${folder}/hello/task.ts`);
  });
});

Deno.test("loadTask() names the file relative to the working directory", async () => {
  const folder = await Deno.makeTempDir({ dir: Deno.cwd(), prefix: ".task_test_" });
  try {
    await Deno.writeTextFile(`${folder}/task.yaml`, "name: x\n");
    await Deno.writeTextFile(`${folder}/task.ts`, "");
    const name = folder.slice(folder.lastIndexOf("/") + 1);
    assert.equal((await loadTask(`./${name}`)).file, `${name}/task.yaml`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("loadTask() knows the likely mistakes with folders", async () => {
  await withFolder(async (folder) => {
    const rejects = (path: string, code: string, message: RegExp, hint: string | undefined) =>
      assert.rejects(loadTask(path), (error: unknown) => {
        assert.ok(error instanceof ConfigError);
        assert.equal(error.code, code);
        assert.match(error.message, message);
        assert.equal(error.hint, hint);
        return true;
      });
    await Deno.mkdir(`${folder}/hello`);
    await rejects(
      `${folder}/helo`,
      "config_not_found",
      /no such folder/,
      `did you mean ${folder}/hello?`,
    );
    await rejects(
      `${folder}/elsewhere`,
      "config_not_found",
      /no such folder/,
      "pass the folder that holds the task.yaml",
    );
    await rejects(
      `${folder}/hello`,
      "config_not_found",
      /the folder has no task\.yaml/,
      `create ${folder}/hello/task.yaml, or pass the folder that holds one`,
    );
    await Deno.writeTextFile(`${folder}/hello/task.yml`, "name: x\n");
    await rejects(
      `${folder}/hello`,
      "config_not_found",
      /the folder has no task\.yaml/,
      `rename the file: mv ${folder}/hello/task.yml ${folder}/hello/task.yaml`,
    );
    await Deno.rename(`${folder}/hello/task.yml`, `${folder}/hello/task.yaml`);
    await rejects(
      folder,
      "config_not_found",
      /the folder has no task\.yaml/,
      `pass the folder of one task: ${folder}/hello`,
    );
    await rejects(
      `${folder}/hello/task.yaml`,
      "config_not_found",
      /it is a file, not a folder/,
      `pass the folder that holds it: ${folder}/hello`,
    );
    await rejects(
      `${folder}/hello`,
      "entry_not_found",
      /it has neither task\.ts nor task\.js/,
      `create ${folder}/hello/task.ts`,
    );
  });
});

Deno.test("loadTask() reports mistakes of the file beside missing code", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/task.yaml`, "nmae: x\n");
    await assert.rejects(loadTask(folder), (error: unknown) => {
      assert.ok(error instanceof ConfigError);
      assert.deepEqual(error.problems.map(({ code }) => code), [
        "config_invalid",
        "entry_not_found",
      ]);
      return true;
    });
  });
});

Deno.test("loadTask() refuses what cannot be read as text", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/task.yaml`;
    await Deno.writeTextFile(`${folder}/task.ts`, "");
    const refused = (message: RegExp) =>
      assert.rejects(loadTask(folder), { name: "ConfigError", code: "config_unreadable", message });
    await Deno.writeFile(path, new Uint8Array([0x61, 0xff]));
    await refused(/it is not UTF-8 text/);
    await Deno.writeTextFile(path, "#".repeat(1024 * 1024 + 1));
    await refused(/it is larger than 1 MiB/);
    await Deno.remove(path);
    await Deno.mkdir(path);
    await refused(/it is a folder/);
    await Deno.remove(path);
    const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
    if (success) await refused(/it is not a regular file/);
  });
});

Deno.test("parseTask() lets a description go on in lines that begin with -", () => {
  const at = { dir: "/t", file: "task.yaml", entry: "/t/task.ts" };
  const { description } = parseTask("description: does\n  - this\n  - that\n", at);
  assert.equal(description, "does - this - that");
});

Deno.test({
  name: "loadTask() tells a program without --allow-read from a folder that is not there",
  permissions: { read: false },
  fn: () =>
    assert.rejects(loadTask("examples/hello"), {
      code: "config_unreadable",
      message: 'cannot read "examples/hello": this program lacks the permission',
      hint: "start it with --allow-read",
    }),
});

Deno.test({
  name: "loadTask() says that a file is closed to it",
  ignore: Deno.uid() === 0,
  fn: () =>
    withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/task.yaml`, "name: x\n");
      await Deno.writeTextFile(`${folder}/task.ts`, "");
      await Deno.chmod(`${folder}/task.yaml`, 0);
      await assert.rejects(loadTask(folder), { code: "config_unreadable" });
    }),
});

function survives(source: string): void {
  const start = performance.now();
  try {
    parse(source);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    for (const { message, where } of error.problems) {
      assert.ok(where.line! >= 1 && where.column! >= 1);
      // deno-lint-ignore no-control-regex
      assert.doesNotMatch(message, /[\x00-\x1f\x7f-\x9f]/);
    }
  }
  assert.ok(performance.now() - start < 2_000);
}

Deno.test("parseTask() throws nothing but ConfigError on any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), survives),
    { numRuns: RUNS },
  );
});

Deno.test("parseTask() throws nothing but ConfigError on any tree", () => {
  const names = fc.constantFrom(
    ..."name timeout trigger params permissions limits env net fs run sys import modules dicode"
      .split(" "),
    ..."secrets_write from secret value optional mask path permission cron chain x".split(" "),
  );
  const { tree } = fc.letrec((tie) => ({
    leaf: fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), names),
    tree: fc.oneof(
      { maxDepth: 4 },
      tie("leaf"),
      fc.array(tie("tree"), { maxLength: 4 }),
      fc.dictionary(names, tie("tree"), { maxKeys: 5 }),
    ),
  }));
  fc.assert(
    fc.property(fc.dictionary(names, tree, { maxKeys: 6 }), (found) => {
      survives(JSON.stringify(found));
    }),
    { numRuns: RUNS },
  );
});

Deno.test("parseTask() throws nothing but ConfigError on a mutated file", () => {
  const piece = fc.constantFrom(
    "",
    ":",
    "-",
    " ",
    "\n",
    "[",
    "]",
    "{",
    "}",
    '"',
    "'",
    "*",
    "&a",
    "~",
  )
    .map((text) => text);
  const cut = fc.record({
    at: fc.nat(WHOLE.length),
    length: fc.nat(12),
    put: fc.oneof(piece, fc.string({ maxLength: 4 })),
  });
  fc.assert(
    fc.property(fc.array(cut, { minLength: 1, maxLength: 5 }), (cuts) => {
      survives(cuts.reduce(
        (text, { at, length, put }) => text.slice(0, at) + put + text.slice(at + length),
        WHOLE,
      ));
    }),
    { numRuns: RUNS },
  );
});

Deno.test("loadTask() refuses a folder with two beginnings", async () => {
  const dir = await Deno.makeTempDir();
  for (const name of ["task.yaml", "task.ts", "task.js"]) {
    await Deno.writeTextFile(`${dir}/${name}`, name === "task.yaml" ? "name: two\n" : "");
  }
  await assert.rejects(loadTask(dir), { code: "entry_ambiguous" });
  await Deno.remove(`${dir}/task.js`);
  assert.equal((await loadTask(dir)).entry, `${await Deno.realPath(dir)}/task.ts`);
  await Deno.remove(dir, { recursive: true });
});
