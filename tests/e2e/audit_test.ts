/** `dicode run --audit`: what the task asked for against what it declares, and what is hidden of it. */
import assert from "node:assert/strict";
import { Capture, loadTask, runTask } from "../../mod.ts";
import { assertHidden, isAlive, ISOLATION, type Shown, World } from "../helpers.ts";

/** Statements of which each may be denied. */
function tries(...expressions: readonly string[]): string {
  return expressions.map((expression) => `try { await (${expression}); } catch {}`).join("\n");
}

/** The lines of the receipt, without the mark of the host's voice. */
function receiptOf({ stderr }: Shown): string[] {
  const lines = stderr.split("\n").map((line) => line.replace(/^dicode: /, ""));
  const start = lines.findIndex((line) => line.startsWith("receipt: "));
  return start === -1 ? [] : lines.slice(start).filter((line) => line !== "");
}

/** What stands below a title. */
function group(lines: readonly string[], title: string): string[] {
  const start = lines.findIndex((line) => line.startsWith(title));
  if (start === -1) return [];
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => !line.startsWith("  "));
  return rest.slice(0, end === -1 ? undefined : end).map((line) => line.slice(2));
}

Deno.test("--audit says what was asked for, granted or not, and what was declared in vain", async () => {
  await using world = await World.make();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("page"),
  );
  const { port } = server.addr;
  await world.store({ key: "value-of-the-key" });
  const dir = await world.mainTask(
    "kinds",
    `permissions:
  env: [HOME, { name: KEY, secret: key }, { name: LEVEL, value: info }]
  net: ["127.0.0.1:${port}", "127.0.0.1:9"]
  fs:
    - { path: ./data, permission: rw }
    - { path: ./out/, permission: w }
    - { path: ./never, permission: r }
  sys: [hostname, uid]
  dicode: { secrets_write: ["A_*", "B_*"] }`,
    tries(
      `context.env.get("KEY")`,
      `process.env.LEVEL`,
      `context.env.get("NOSY_" + "ONE")`,
      `process.env.NOSY_TWO`,
      `fetch("http://127.0.0.1:${port}/path").then((r) => r.text())`,
      `fetch("http://127.0.0.1:1000/")`,
      `Deno.readTextFile("data/a.txt")`,
      `Deno.readTextFile("/etc/passwd")`,
      `Deno.writeTextFile("out/b.txt", "b")`,
      `Deno.writeTextFile("elsewhere/c.txt", "c")`,
      `Deno.hostname()`,
      `Deno.networkInterfaces()`,
      `context.dicode.secrets_set("A_1", "value-of-a-1")`,
      `context.dicode.secrets_set("C_1", "value-of-c-1")`,
    ) + `\nconsole.log("printed");\nreturn "returned";`,
  );
  await Deno.mkdir(`${dir}/data`);
  await Deno.mkdir(`${dir}/never`);
  await Deno.writeTextFile(`${dir}/data/a.txt`, "a");
  const shown = await world.run(dir, ["--audit"]);
  assert.equal(shown.code, 0, shown.stderr);
  assert.equal(shown.stdout, 'printed\n"returned"\n');
  const lines = receiptOf(shown);
  assert.match(lines[0]!, /hostile task can falsify it/);
  // Variables that Deno's own Node modules look for may come and go.
  const granted = group(lines, "granted:");
  assert.deepEqual(granted.filter((line) => !line.startsWith("secrets_write ")), [
    "env KEY",
    "env LEVEL",
    `net 127.0.0.1:${port}`,
    "read data/a.txt",
    "write out/b.txt",
    "sys hostname",
  ]);
  assert.ok(granted.includes("secrets_write A_1"));
  const denied = group(lines, "asked for and denied");
  assert.deepEqual(denied.filter((line) => !line.startsWith("secrets_write ")), [
    "net 127.0.0.1:1000",
    "read /etc/passwd",
    "write elsewhere/c.txt",
    "sys networkInterfaces",
  ]);
  assert.ok(denied.includes("secrets_write C_1"));
  assert.match(group(lines, "variables that were looked for")[0]!, /NOSY_ONE, NOSY_TWO/);
  const unused = group(lines, "declared and not used:").map((line) => line.replace(/ \(.*/, ""));
  assert.deepEqual(unused, [
    "env HOME",
    "net 127.0.0.1:9",
    "write ./data",
    "read ./never",
    "sys uid",
    "secrets_write B_*",
  ]);
  assert.match(shown.stderr, /env HOME \(.*task\.yaml:2:9\)/);
  const fitting = group(lines, "task.yaml that fits this run").join("\n");
  assert.match(fitting, /^ {2}fs:\n {4}- \{ path: \.\/data, permission: r \}$/m);
  assert.match(fitting, /^ {2}# {3}- \{ path: \/etc\/passwd, permission: r \}$/m);
  assert.doesNotMatch(fitting, /HOME|never|uid|B_/);
  assertHidden(shown, "value-of-the-key", "value-of-a-1", "value-of-c-1");
});

Deno.test("--audit on a task that asks for what it declares says so", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "fits",
    "permissions: { env: [HOME] }",
    "return context.env.get('HOME') !== undefined;",
  );
  const lines = receiptOf(await world.run(dir, ["--audit"]));
  assert.deepEqual(lines.slice(1), [
    "granted:",
    "  env HOME",
    "task.yaml declares what was asked for, and no more",
  ]);
});

Deno.test("--audit=FILE writes the receipt as JSON, for its owner alone, in place of an older one", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "file",
    "permissions: { env: [HOME], run: [ls], sys: [uid] }",
    tries(`context.env.get("HOME")`, `Deno.readTextFile("/etc/passwd")`) + "\nDeno.exit(3);",
  );
  const file = `${world.dir}/receipt.json`;
  await Deno.writeTextFile(file, "an older one", { mode: 0o644 });
  const shown = await world.run(dir, ["--json", "--audit=receipt.json"]);
  assert.equal(shown.code, 3);
  const { run_id, exit_code, ...others } = JSON.parse(shown.stdout);
  assert.equal(exit_code, 3);
  assert.ok(!("receipt" in others));
  assert.match(shown.stderr, /^dicode: error: .*exit code 3\ndicode: receipt written to ".*"\n$/);
  assert.equal((await Deno.stat(file)).mode! & 0o777, 0o600);
  const names = Array.from(Deno.readDirSync(world.dir), ({ name }) => name).sort();
  assert.deepEqual(names, ["home", "receipt.json", "tasks"]);
  const receipt = JSON.parse(await Deno.readTextFile(file));
  assert.deepEqual(receipt, {
    version: 1,
    task: "file",
    run_id,
    asked: [
      { permission: "env", value: "HOME", granted: true },
      { permission: "read", value: "/etc/passwd", granted: false },
    ],
    unused: [{ permission: "sys", value: "uid", file: "tasks/file/task.yaml", line: 1 }],
    not_observed: ["run"],
    complete: true,
    fitting: receipt.fitting,
  });
  assert.match(receipt.fitting, /^permissions:\n {2}env:\n {4}- HOME\n/);
});

Deno.test("a file that cannot take the receipt is refused before anything runs", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("unwritable", "name: unwritable", "console.log('RAN')");
  await Deno.writeTextFile(`${world.dir}/target`, "untouched");
  await Deno.symlink(`${world.dir}/target`, `${world.dir}/link`);
  for (
    const [value, said] of [
      ["link", /cannot write the receipt to ".*link": it is a link/],
      ["absent/receipt.json", /there is no such folder/],
      ["tasks", /it is a folder/],
      ["/dev/null", /it is no regular file/],
      ["", /no value after its =/],
    ] as const
  ) {
    const shown = await world.run(dir, [`--audit=${value}`]);
    assert.equal(shown.code, 2, shown.stderr);
    assert.match(shown.stderr, said);
    assert.equal(shown.stdout, "");
  }
  assert.equal(await Deno.readTextFile(`${world.dir}/target`), "untouched");
});

Deno.test("a run that is refused has no receipt", async () => {
  await using world = await World.make();
  const yaml = "permissions: { env: [{ name: KEY, secret: absent }] }";
  const dir = await world.mainTask("refused", yaml, "console.log('RAN')");
  const bare = await world.run(dir, ["--audit"]);
  assert.equal(bare.code, 4);
  assert.deepEqual(receiptOf(bare), []);
  assert.equal((await world.run(dir, ["--audit=receipt.json"])).code, 4);
  await assert.rejects(Deno.stat(`${world.dir}/receipt.json`), Deno.errors.NotFound);
});

Deno.test("a secret in a path, a host, a variable's name or a key is masked in the receipt", async () => {
  await using world = await World.make();
  const secret = "canary4secret4of4the4audit";
  await world.store({ key: secret });
  const dir = await world.mainTask(
    "leaks",
    "permissions: { env: [{ name: KEY, secret: key }], net: ['127.0.0.1:9'] }",
    `const key = context.env.get("KEY");\n` + tries(
      `Deno.readTextFile("/x/" + key)`,
      `Deno.readTextFile("/x/" + btoa("ab" + key))`,
      `Deno.writeTextFile("/x/" + key + "/y", "")`,
      `fetch("http://" + key + ".example/")`,
      `fetch("http://127.0.0.1:9/" + key + "?q=" + key.slice(0, 12))`,
      `process.env[key]`,
      `context.dicode.secrets_set(key, "value-of-it")`,
      `import("https://127.0.0.1:9/" + key)`,
    ),
  );
  const shown = await world.run(dir, ["--audit"]);
  assert.equal(shown.code, 0, shown.stderr);
  const lines = receiptOf(shown);
  assert.ok(group(lines, "asked for and denied").includes("read /x/***"), shown.stderr);
  assert.ok(lines.some((line) => line.includes("net ***.example:80")));
  assertHidden(
    shown,
    secret,
    secret.slice(0, 12),
    "NhbmFyeTRzZWNyZXQ0b2Y0dGhlNGF1ZGl0".slice(0, 24),
  );
  const quiet = await world.run(dir, ["--audit=receipt.json"]);
  assert.equal(quiet.code, 0, quiet.stderr);
  const text = await Deno.readTextFile(`${world.dir}/receipt.json`);
  assert.match(text, /\*\*\*/);
  assertHidden({ ...quiet, stdout: text }, secret, secret.slice(0, 12));
});

Deno.test("what a program writes into the receipt's pipe is bounded, shown as text and not waited for", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "forges",
    `permissions: { run: [sh, setsid, sleep], fs: [{ path: ./out/, permission: rw }] }`,
    `const script = \`
      line() { printf '{"v":1,"permission":"%s","value":"%s"}\\\\n' "$1" "$2"; }
      { line read '/forged\\\\u001b[2J\\\\u202e'; line run forged; line net 'a\\\\nb'; printf 'cut'; } \
        > "$DENO_AUDIT_PERMISSIONS"
      setsid sh -c 'exec 9> "$DENO_AUDIT_PERMISSIONS"; echo $$ > out/pid; exec sleep 60' > /dev/null 2>&1 &
      while ! [ -s out/pid ]; do sleep 0.1; done\`;
    await new Deno.Command("sh", { args: ["-c", script] }).output();`,
  );
  const before = Date.now();
  const shown = await world.run(dir, ["--audit"]);
  const pid = Number(await Deno.readTextFile(`${dir}/out/pid`));
  // Behind bubblewrap the pid is one inside, and nothing is left of it.
  const isLeft = ISOLATION === "deno" && await isAlive(pid);
  if (isLeft) Deno.kill(pid, "SIGKILL");
  if (ISOLATION === "deno") assert.ok(isLeft, "the program was gone before the run's end");
  assert.ok(Date.now() - before < 40_000);
  assert.equal(shown.code, 0, shown.stderr);
  assert.ok(shown.stderr.includes("read /forged\\u001b[2J\\u202e\n"), shown.stderr);
  assert.ok(shown.stderr.includes("net a\\u000ab\n"));
  assert.ok(!shown.stderr.includes("run forged"));
  assert.match(shown.stderr, /programs: not observed/);
});

Deno.test("a task that asks 200,000 times ends well, and what is kept of it is bounded", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "flood",
    "timeout: 5m\nlimits: { file: 1MiB }",
    `for (let at = 0; at < 200_000; at++) {
      try { Deno.statSync("/flood/" + (at % 20_000) + "/".padEnd(200, "x")); } catch {}
    }
    return "done";`,
  );
  const file = `${world.dir}/receipt.json`;
  const args = ["run", dir, "--isolation", ISOLATION, `--audit=${file}`];
  const child = world.spawn(args);
  let peakKilobytes = 0;
  const timer = setInterval(() => {
    try {
      const status = Deno.readTextFileSync(`/proc/${child.pid}/status`);
      peakKilobytes = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? peakKilobytes);
    } catch {
      // It has ended.
    }
  }, 50);
  const { code, stdout, stderr } = await child.output();
  clearInterval(timer);
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  assert.equal(new TextDecoder().decode(stdout), '"done"\n');
  const receipt = JSON.parse(await Deno.readTextFile(file));
  assert.equal(receipt.asked.length, 10_000);
  assert.equal(receipt.complete, false);
  assert.ok(peakKilobytes > 0 && peakKilobytes < 400_000, `${peakKilobytes} KB`);
});

Deno.test("a task that reaches its time limit has a receipt of what it came to", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "hangs",
    "permissions: { env: [HOME, LANG] }",
    "context.env.get('HOME'); while (true);",
  );
  const shown = await world.run(dir, ["--audit", "--timeout", "1s"]);
  assert.equal(shown.code, 124, shown.stderr);
  const lines = receiptOf(shown);
  assert.deepEqual(group(lines, "granted:"), ["env HOME"]);
  const unused = group(lines, "declared and not used in a run that did not end well:");
  assert.match(unused[0]!, /^env LANG /);
});

Deno.test("runTask() has a receipt where it is asked for one, and only there", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("library", "permissions: { env: [HOME] }", "");
  const run = async (audit?: boolean) =>
    await runTask(await loadTask(dir), {
      dataDir: world.dataDir,
      env: (name) => ({ HOME: world.home, PATH: "/usr/bin:/bin" })[name],
      denoPath: Deno.execPath(),
      sinks: new Capture().sinks,
      isolation: ISOLATION,
      audit,
    });
  const { receipt } = await run(true);
  assert.deepEqual(receipt?.asked, []);
  assert.deepEqual(receipt?.unused.map(({ value }) => value), ["HOME"]);
  assert.equal(receipt?.complete, true);
  assert.ok(!("receipt" in await run()));
});
