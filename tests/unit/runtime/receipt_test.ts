import assert from "node:assert/strict";
import fc from "fast-check";
import type { Access, AccessKind } from "../../../runtime/audit_log.ts";
import type { Grants } from "../../../runtime/grants.ts";
import { type Allowed, compareAccesses } from "../../../runtime/receipt.ts";
import { formatReceipt } from "../../../runtime/receipt_text.ts";
import { formatFitting } from "../../../runtime/receipt_yaml.ts";
import { parseTask } from "../../../runtime/task.ts";

const RUNS = Deno.env.get("SLOW") === "1" ? 5_000 : 300;
const AT = { dir: "/tasks/t", file: "task.yaml", entry: "/tasks/t/task.ts" };

/** A task with these permissions, whose `./` paths and `/link` are as on some machine. */
function allow(permissions: string): Allowed {
  const task = parseTask(permissions === "" ? "name: t" : `permissions:\n${permissions}`, AT);
  const real = (path: string) =>
    path.replace(/\/$/, "").replace(/^\.(?=\/|$)/, AT.dir).replace(/^\/link/, "/real");
  const absolute = (path: string) => path.replace(/\/$/, "").replace(/^\.(?=\/|$)/, AT.dir);
  const { env, net, fs, run, sys, modules } = task.permissions;
  const grants: Grants = {
    env: env.map(({ name }) => name),
    net: net.map(({ value }) => value),
    fs: fs.map(({ path, read, write }) => ({
      path: absolute(path),
      real: real(path),
      read,
      write,
    })),
    run: run.map(({ value }) => `/usr/bin/${value}`),
    sys: sys.map(({ value }) => value),
    roots: [AT.dir, ...modules.map(({ value }) => value)].map((path) => ({ path, real: path })),
    importHosts: [],
  };
  return {
    task,
    grants,
    protectedPaths: [`${AT.dir}/task.ts`],
    codeFiles: [`${AT.dir}/task.ts`, "/lib/used/a.ts"],
  };
}

function access(text: string): Access {
  const [permission, ...rest] = text.split(" ");
  return { permission: permission as AccessKind, value: rest.length === 0 ? null : rest.join(" ") };
}

function compare(permissions: string, asked: readonly string[]) {
  const allowed = allow(permissions);
  const comparison = compareAccesses(asked.map(access), allowed);
  return {
    granted: comparison.asked.map(({ granted }) => granted),
    unused: comparison.unused.map(({ permission, value }) => `${permission} ${value}`),
    fitting: formatFitting(comparison, allowed),
    notObserved: comparison.notObserved,
  };
}

/** Permissions, what was asked for with whether it is granted, what is left unused. */
const CASES: readonly (readonly [string, Readonly<Record<string, boolean>>, readonly string[]])[] =
  [
    ["", { "env A": false, "net a:80": false, "read x": false, "sys uid": false, ffi: false }, []],
    ["  env: [A, B]", { "env A": true, "env C": false }, ["env B"]],
    ["  env: [A, B]", { env: true }, []],
    ["  env: [A, { name: B, value: x }, { name: C, secret: c }]", {}, ["env A", "env B", "env C"]],
    ["  env: [TZ]", {}, []],
    ["  net: [a.example]", { "net a.example:80": true, "net a.example": true }, []],
    ["  net: [a.example]", { "net A.EXAMPLE:0": true, "net b.a.example:80": false }, []],
    ["  net: ['a.example:80']", { "net a.example:81": false, "net a.example": false }, [
      "net a.example:80",
    ]],
    ["  net: [a.example, 'a.example:80']", { "net a.example:80": true }, ["net a.example"]],
    ["  net: ['*', a.example]", { "net a.example:1": true }, ["net *"]],
    ["  net: ['*']", { "net b.example:1": true, "net [2001:db8::1]:1": true, net: false }, []],
    ["  net: ['*']", {
      "net localhost:1": false,
      "net 127.9.9.9:1": false,
      "net 0.0.0.0:1": false,
      "net [::1]:1": false,
      "net 169.254.169.254:80": false,
      "net [fd00:ec2::254]:80": false,
      "net unix:/s": false,
      "net vsock:1:2": false,
      "net ": false,
    }, ["net *"]],
    ["  net: ['[::1]:80']", { "net [::1]:80": true, "net [::1]:81": false }, []],
    ["  net: ['*']", { "net 16.254.1.1:80": true, "net 168.63.129.16:80": false }, []],
    ["  fs: [{ path: ./d, permission: rw }]", { "read d/x": true, "read ./d": true }, [
      "write ./d",
    ]],
    ["  fs: [{ path: ./d, permission: rw }]", { "write /tasks/t/d/x/../y": true }, ["read ./d"]],
    ["  fs: [{ path: ./d, permission: r }]", {
      "read d/../e": false,
      "read dd": false,
      read: false,
    }, [
      "read ./d",
    ]],
    ["  fs: [{ path: ./d, permission: r }]", { "write d/x": false, "read d/x": true }, []],
    [
      "  fs: [{ path: /link/d, permission: r }]",
      { "read /real/d/x": true, "read /link/d": true },
      [],
    ],
    ["  fs: [{ path: ., permission: rw }]", { "write task.ts": false, "write x": true }, [
      "read .",
    ]],
    ["  fs: [{ path: ., permission: r }, { path: ./d, permission: r }]", { "read d/x": true }, [
      "read .",
    ]],
    [
      "  fs: [{ path: ./d, permission: r }, { path: ./d, permission: r }]",
      { "read d/x": true },
      [],
    ],
    ["  sys: [hostname, uid]", { "sys hostname": true, "sys gid": false, sys: false }, ["sys uid"]],
    [
      "  import: ['a.example', '127.0.0.1:80']",
      { "import a.example": true, "import jsr.io": true },
      [
        "import 127.0.0.1:80",
      ],
    ],
    ["  modules: [/lib/used, /lib/other]", {}, ["modules /lib/other"]],
    ["  dicode: { secrets_write: true }", {}, ["secrets_write *"]],
    ["  dicode: { secrets_write: true }", { "secrets_write k": true }, []],
    ["  dicode: { secrets_write: ['A_*', B] }", {
      "secrets_write A_x": true,
      "secrets_write C": false,
    }, ["secrets_write B"]],
  ];

Deno.test("compareAccesses() says of each access whether it is granted, and what was not asked for", () => {
  for (const [permissions, asked, unused] of CASES) {
    const compared = compare(permissions, Object.keys(asked));
    assert.deepEqual(compared.granted, Object.values(asked), permissions);
    assert.deepEqual(compared.unused, unused, permissions);
  }
});

Deno.test("compareAccesses() gives the place of what was not used", () => {
  const { unused } = compareAccesses([], allow("  net:\n    - a.example\n    - b.example"));
  assert.deepEqual(unused[1], {
    permission: "net",
    value: "b.example",
    where: { file: "task.yaml", line: 4, column: 7 },
  });
});

Deno.test("formatFitting() drops and narrows what was not used, and puts what was denied behind #", () => {
  const asked = ["env A", "env NOSY", "env DICODE_MASTER_KEY", "net a.example:443", "net b:80"];
  const more = ["read d/x", "write out/f", "read /etc/x", "write <TMP>", "write task.ts", "ffi /x"];
  const { fitting } = compare(
    `  env: [A, { name: S, secret: s, optional: true, mask: false }, { name: V, value: canary }]
  net: [a.example, c.example]
  fs: [{ path: ./d, permission: rw }, { path: ./e, permission: r }]
  sys: [hostname]
  dicode: { secrets_write: true }`,
    [...asked, ...more, "env V", "env S", "secrets_write k"],
  );
  assert.equal(
    fitting,
    `permissions:
  env:
    - A
    - { name: S, secret: s, optional: true, mask: false }
    # keep V as it is: no value is shown here
  #   - NOSY
  net:
    - a.example
  #   - "b:80"
  fs:
    - { path: ./d, permission: r }
  #   - { path: /etc/x, permission: r }
  #   - { path: ./out/, permission: rw }
  dicode: { secrets_write: ["k"] }`,
  );
});

Deno.test("formatFitting() leaves to a task with programs what they may use", () => {
  const { fitting, notObserved } = compare(
    `  env: [A]\n  net: ["*"]\n  fs: [{ path: ./d, permission: rw }]\n  run: [git]\n  sys: [uid]`,
    ["net a.example:443"],
  );
  assert.deepEqual(notObserved, ["run"]);
  assert.equal(
    fitting,
    `permissions:
  env:
    - A
  net:
    - "*"
  fs:
    - { path: ./d, permission: rw }
  run:
    - git`,
  );
});

Deno.test('formatFitting() names the hosts that were reached in place of "*"', () => {
  const asked = ["net a.example:443", "net b.example:80", "net c.example", "net c.example:1"];
  const { fitting } = compare(`  net: ["*", b.example]`, asked);
  assert.equal(
    fitting,
    'permissions:\n  net:\n    - "a.example:443"\n    - c.example\n    - b.example',
  );
});

Deno.test("formatFitting() grants nothing by itself where nothing is declared", () => {
  assert.equal(compare("", []).fitting, "permissions: {}");
  const { fitting } = compare("", ["env A", "read /etc/x", "secrets_write k"]);
  assert.deepEqual(
    parseTask(`name: t\n${fitting}`, AT).permissions,
    parseTask("name: t", AT).permissions,
  );
});

Deno.test("formatFitting() is a task.yaml, whatever was asked for, also with all of it uncommented", () => {
  const kinds: AccessKind[] = ["env", "net", "read", "write", "sys", "import", "secrets_write"];
  const asked = fc.array(
    fc.record({
      permission: fc.constantFrom(...kinds),
      value: fc.oneof(
        fc.string({ unit: "binary" }),
        fc.string(),
        fc.constantFrom("a.example:80", "null", "~", "yes", "a: b", "x\ny", "- z", "#", "hostname"),
      ),
    }),
    { maxLength: 8 },
  );
  const declared =
    `  env: [A]\n  net: ["*"]\n  fs: [{ path: ., permission: rw }]\n  sys: [hostname]\n` +
    `  dicode: { secrets_write: ["a*"] }`;
  fc.assert(
    fc.property(asked, fc.constantFrom("", declared), (accesses, permissions) => {
      const allowed = allow(permissions);
      const text = formatFitting(compareAccesses(accesses, allowed), allowed);
      parseTask(`name: t\n${text}`, AT);
      const lines = text.split("\n").filter((line) => !/^ {2}# dicode:/.test(line));
      parseTask(`name: t\n${lines.map((line) => line.replace(/^( *)# /, "$1")).join("\n")}`, AT);
    }),
    { numRuns: RUNS },
  );
});

Deno.test("formatReceipt() groups variables that packages look for, and bounds every group", () => {
  const names = Array.from({ length: 30 }, (_, at) => `env V${at}`);
  const paths = Array.from({ length: 60 }, (_, at) => `read /p${at}`);
  const allowed = allow("  env: [USED, A]\n  run: [git]");
  const comparison = compareAccesses([...names, ...paths, "env USED"].map(access), allowed);
  const fitting = formatFitting(comparison, allowed);
  const receipt = { ...comparison, complete: false, fitting };
  const lines = formatReceipt(receipt, { task: "t", runId: "r", endedWell: false });
  assert.match(lines[0]!, /hostile task can falsify/);
  assert.ok(lines.includes("  … 10 more"));
  assert.equal(
    lines.filter((line) => /\bV0\b/.test(line) && line.includes("V19 … 10 more")).length,
    1,
  );
  assert.ok(lines.includes("programs: not observed"));
  assert.ok(lines.includes("and more: it asked for more than is kept"));
  assert.ok(
    lines.some((line) => /^declared and not used .*program.*did not end well:$/.test(line)),
  );
  assert.ok(lines.length < 160, `${lines.length} lines`);
});

Deno.test("formatReceipt() says that a declaration fits", () => {
  const allowed = allow("  env: [A]");
  const comparison = compareAccesses([access("env A")], allowed);
  const receipt = { ...comparison, complete: true, fitting: formatFitting(comparison, allowed) };
  assert.deepEqual(formatReceipt(receipt, { task: "t", runId: "r", endedWell: true }).slice(1), [
    "granted:",
    "  env A",
    "task.yaml declares what was asked for, and no more",
  ]);
});
