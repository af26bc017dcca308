/** The kernel's wall by bubblewrap: what exists for a task, what it leaves behind, what ends it. */
import assert from "node:assert/strict";
import { findWorkingBwrap } from "../../runtime/bwrap_probe.ts";
import { assertHidden, findProcesses, type Shown, until, World } from "../helpers.ts";

const bwrap = await findWorkingBwrap(await Deno.makeTempDir());
if (!bwrap.works) console.error(`skipped: tests of bubblewrap: ${bwrap.reason}`);

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !bwrap.works, fn });
}

function run(world: World, dir: string, ...args: string[]): Promise<Shown> {
  return world.dicode(["run", dir, "--isolation", "bwrap", ...args]);
}

/** A task that runs a shell script, whose output is the task's. */
async function shellTask(world: World, name: string, script: string, permissions = "") {
  const yaml = `permissions:\n  run: [sh]\n${permissions}`;
  const code = `const script = ${JSON.stringify(script)};
    const { code } = await new Deno.Command("sh", { args: ["-c", script], stdin: "null" })
      .spawn().status;
    if (code !== 0) throw new Error("the script ended with " + code);`;
  return await world.mainTask(name, yaml, code);
}

test("for a task with no grants there is its folder, the system, and nothing else", async () => {
  await using world = await World.make();
  await world.store({ key: "canary-of-the-store" });
  await Deno.writeTextFile(`${world.home}/.ssh`, "canary-of-the-home");
  const dir = await shellTask(
    world,
    "lists",
    `echo "root $(ls -A / | tr '\\n' ' ')"
     echo "etc $(ls -A /etc | tr '\\n' ' ')"
     echo "tmp $(ls -A /tmp | tr '\\n' ' ')"
     echo "run $(ls -A /run /run/dicode | tr '\\n' ' ')"
     echo "home $(ls -A '${world.home}' 2>&1)"
     echo "up $(ls -A '${world.dir}' 2>&1)"
     echo "processes $(ls /proc | grep -cE '^[0-9]+$')"
     echo "net $(tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' ' | tr '\\n' ' ')"
     echo "disks $(ls /dev | tr '\\n' ' ')"
     echo "mounts $(cut -d' ' -f2,4 /proc/mounts | grep ' rw' | cut -d' ' -f1 | grep -v ^/dev/ | sort | tr '\\n' ' ')"`,
  );
  const { stdout, stderr, code } = await run(world, dir);
  assert.equal(code, 0, stderr);
  const seen = Object.fromEntries(
    stdout.trim().split("\n").map((line) => {
      const [name, ...rest] = line.trim().split(" ");
      return [name, rest.join(" ")];
    }),
  );
  const top = world.dir.split("/")[1]!;
  const allowed = new Set(["bin", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "run"]);
  for (const name of ["sbin", "tmp", "usr", top]) allowed.add(name);
  for (const name of seen.root!.split(" ")) assert.ok(allowed.has(name), `/${name} exists`);
  const etc = "alternatives ca-certificates hosts ld.so.cache localtime nsswitch.conf pki";
  const known = new Set(`${etc} resolv.conf ssl`.split(" "));
  for (const name of seen.etc!.split(" ")) assert.ok(known.has(name), `/etc/${name} exists`);
  // The world lies in /tmp here, or elsewhere: only the way to the task's folder is there.
  assert.ok(["", world.dir.split("/")[2]].includes(seen.tmp!.trim()), `/tmp holds ${seen.tmp}`);
  assert.equal(seen.run, "/run: dicode  /run/dicode: cache deno s sdk");
  assert.match(seen.home!, /No such file/);
  assert.equal(seen.up, "tasks");
  // The first process, deno, sh, its subshell, ls and grep.
  assert.ok(Number(seen.processes) <= 6, `${seen.processes} processes`);
  assert.equal(seen.net, "lo");
  assert.doesNotMatch(seen.disks!, /\b(sd|vd|nvme|mem|kmsg|tty\d)/);
  assert.equal(seen.mounts, "/proc /run/dicode/cache /tmp");
});

test("no process of the host exists for a task, and nothing of its environment", async () => {
  await using world = await World.make();
  const script =
    `for p in /proc/[0-9]*; do tr '\\0' '\\n' < $p/environ; tr '\\0' ' ' < $p/cmdline; done`;
  const dir = await shellTask(world, "environs", script);
  const shown = await world.dicode(["run", dir, "--isolation", "bwrap"], {
    env: { HOST_CANARY: "canary-of-the-host" },
  });
  assert.equal(shown.code, 0, shown.stderr);
  assertHidden(shown, "canary-of-the-host", "HOST_CANARY");
  assert.doesNotMatch(shown.stdout, /^HOME=/m);
});

test("a declared value is in no environment and no argument of any process of the run", async () => {
  await using world = await World.make();
  await world.store({ key: "canary-bwrap-value" });
  const marker = `marker${crypto.randomUUID()}`;
  const dir = await world.mainTask(
    marker,
    `permissions: { env: [{ name: KEY, secret: key }] }`,
    `console.log("up"); await new Promise((resolve) => setTimeout(resolve, 60_000));`,
  );
  const host = world.spawn(["run", dir, "--isolation", "bwrap"]);
  await until("four processes", async () => (await findProcesses(marker)).length >= 4);
  for (const pid of await findProcesses(marker)) {
    for (const file of ["environ", "cmdline"]) {
      const text = await Deno.readTextFile(`/proc/${pid}/${file}`).catch(() => "");
      assert.ok(!text.includes("canary-bwrap-value"), `${file} of ${pid}`);
    }
  }
  host.kill("SIGTERM");
  assert.equal((await host.output()).code, 143);
  assert.deepEqual(await findProcesses(marker), []);
});

test("programs are inside the same walls: grants open what they say, links lead nowhere else", async () => {
  await using world = await World.make();
  await Deno.mkdir(`${world.dir}/granted`);
  await Deno.mkdir(`${world.dir}/beside`);
  await Deno.writeTextFile(`${world.dir}/beside/private`, "canary-beside");
  await Deno.symlink(`${world.dir}/beside`, `${world.dir}/granted/link`);
  await Deno.symlink(`${world.dir}/granted`, `${world.dir}/alias`);
  const dir = await shellTask(
    world,
    "grants",
    `cd '${world.dir}/granted' && echo written > out && cat out
     cat link/private 2>&1 | grep -o 'No such file'
     cat '${world.dir}/alias/out'
     echo x 2>&1 > ./task.yaml || true
     cat '${world.dir}/beside/private' 2>&1 | grep -o 'No such file'`,
    `  fs:
    - { path: "${world.dir}/granted", permission: rw }
    - { path: "${world.dir}/alias", permission: r }`,
  );
  const shown = await run(world, dir);
  assert.equal(shown.stdout, "written\nNo such file\nwritten\nNo such file\n", shown.stderr);
});

test("a grant may be spelled by a folder of the system that is a link", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "links",
    "permissions: { fs: [{ path: /bin, permission: r }] }",
    `return (await Deno.stat("/bin/sh")).isFile;`,
  );
  const shown = await run(world, dir);
  assert.equal(shown.stdout, "true\n", shown.stderr);
});

test("run beside a write grant that reaches task.yaml, code or a program is refused by bubblewrap", async () => {
  await using world = await World.make();
  const self = await shellTask(world, "self", ":", "  fs: [{ path: ., permission: rw }]");
  const lib = await world.task(
    "lib",
    "permissions: { run: [sh], fs: [{ path: ./lib, permission: rw }] }",
    `import "./lib/deep/a.ts";\nconsole.log("RAN");`,
    { "lib/deep/a.ts": "export {};\n" },
  );
  const tool = await world.mainTask(
    "tool",
    "permissions: { run: [./bin/tool], fs: [{ path: ./bin, permission: rw }] }",
    `console.log("RAN");`,
  );
  await Deno.mkdir(`${tool}/bin`);
  await Deno.writeTextFile(`${tool}/bin/tool`, "#!/bin/sh\n", { mode: 0o755 });
  for (const [dir, kept] of [[self, "self/task"], [lib, "lib/deep"], [tool, "bin/tool"]] as const) {
    for (const more of [[], ["--explain"]]) {
      const shown = await run(world, dir, ...more);
      assert.equal(shown.code, 6, shown.stderr);
      assert.match(shown.stderr, new RegExp(`cannot keep "\\S*/${kept}\\S*" from programs`));
      assert.equal(shown.stdout, "");
    }
  }
  // In a folder of its own, a program may write.
  const script = "echo x > data/new && cat data/new; echo x 2>/dev/null > deno.json || echo no";
  const data = "  fs: [{ path: ./data/, permission: rw }]";
  const shown = await run(world, await shellTask(world, "data", script, data));
  assert.equal(shown.stdout, "x\nno\n", shown.stderr);
});

test("a folder that leads to a narrower grant cannot be renamed away by a program", async () => {
  await using world = await World.make();
  const dir = await shellTask(
    world,
    "moves",
    `cd ../work && { mv deep away; mkdir -p deep/kept; echo changed > deep/kept/file; } 2>/dev/null
     echo new > deep/beside; cat deep/kept/file`,
    `  fs:
    - { path: ../work, permission: rw }
    - { path: ../work/deep/kept, permission: r }`,
  );
  await Deno.mkdir(`${dir}/../work/deep/kept`, { recursive: true });
  await Deno.writeTextFile(`${dir}/../work/deep/kept/file`, "kept\n");
  for (let at = 0; at < 2; at++) {
    const shown = await run(world, dir);
    assert.equal(shown.stdout, "kept\n", shown.stderr);
  }
  assert.equal(await Deno.readTextFile(`${dir}/../work/deep/beside`), "new\n");
});

test("what is replaced by a link while a run begins is mounted for no task", async () => {
  await using world = await World.make();
  await world.store({ key: "canary" });
  const key = await Deno.readTextFile(`${world.dataDir}/master.key`);
  const grants = "permissions: { fs: [{ path: ../work/p/data, permission: r }] }";
  const dir = await world.mainTask(
    "reads",
    grants,
    `return await Deno.readTextFile("../work/p/data/master.key").catch(() => "nothing");`,
  );
  for (const name of ["p", "q"]) {
    await Deno.mkdir(`${world.dir}/tasks/work/${name}`, { recursive: true });
  }
  await Deno.mkdir(`${world.dir}/tasks/work/p/data`);
  await Deno.symlink(world.dataDir, `${world.dir}/tasks/work/q/data`);
  // As another task with a grant on the folder above could, over and over.
  const swap = `my ($a, $b, $c) = map "$ARGV[0]/$_", "p", "q", "r";
    for (;;) { for (1 .. 3) { rename $a, $c; rename $b, $a; rename $c, $b; select undef, undef, undef, 0.004 } }`;
  const swapper = new Deno.Command("perl", {
    args: ["-e", swap, "--", `${world.dir}/tasks/work`],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    let replaced = 0;
    for (let at = 0; at < 20 && replaced < 3; at++) {
      const runs = await Promise.all(Array.from({ length: 4 }, () => run(world, dir)));
      for (const shown of runs) {
        assertHidden(shown, key.trim());
        if (shown.stderr.includes("was replaced by another")) replaced++;
      }
    }
    assert.ok(replaced > 0, "no run met the moment");
  } finally {
    swapper.kill("SIGKILL");
    await swapper.status;
  }
});

test("a certificate that is a link brings nothing in", async () => {
  await using world = await World.make();
  await Deno.writeTextFile(`${world.home}/private`, "canary-behind-the-link");
  const dir = await world.mainTask(
    "reads",
    "permissions: { fs: [{ path: ./data, permission: rw }] }",
    `return await Deno.readTextFile("data/ca.pem");`,
  );
  await Deno.mkdir(`${dir}/data`);
  await Deno.symlink(`${world.home}/private`, `${dir}/data/ca.pem`);
  const shown = await world.dicode(["run", dir, "--isolation", "bwrap"], {
    env: { NODE_EXTRA_CA_CERTS: `${dir}/data/ca.pem` },
  });
  assert.equal(shown.code, 6);
  assert.match(shown.stderr, /cannot use NODE_EXTRA_CA_CERTS: ".*" leads through a link/);
  assertHidden(shown, "canary-behind-the-link");
});

test("nothing survives: orphans of another session, the time limit, kill -9 of the host", async () => {
  await using world = await World.make();
  const number = 100_000 + Math.floor(Math.random() * 800_000);
  const sleeps = (at: number) => `sleep ${number}.${at}`;
  const orphan = (at: number) => `(setsid ${sleeps(at)} > /dev/null 2>&1 &) ; sleep 0.2`;
  const ended = await run(world, await shellTask(world, "orphan", orphan(1)));
  assert.equal(ended.code, 0, ended.stderr);
  await until("the orphan's end", async () => (await findProcesses(`${number}.1`)).length === 0);

  const deaf = `trap '' TERM INT; ${orphan(2)}; while :; do sleep 1; done`;
  const dir = await shellTask(world, "deaf", deaf, "timeout: 500ms\n");
  assert.equal((await run(world, dir)).code, 124);
  assert.deepEqual(await findProcesses(`${number}.2`), []);

  const forever = await shellTask(world, "forever", `${orphan(3)}; while :; do sleep 1; done`);
  const host = world.spawn(["run", forever, "--isolation", "bwrap"]);
  await until("the orphan", async () => (await findProcesses(`${number}.3`)).length > 0);
  host.kill("SIGKILL");
  await host.output();
  await until("its end", async () => (await findProcesses(`${number}.3`)).length === 0, 2_000);
});

test("SIGINT reaches the task, which has its grace; the exit code is 130", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "polite",
    "name: polite",
    `Deno.addSignalListener("SIGINT", () => setTimeout(() => { console.log("tidied"); Deno.exit(0); }, 300));
     console.log("up"); await new Promise((resolve) => setTimeout(resolve, 60_000));`,
  );
  const host = world.spawn(["run", dir, "--isolation", "bwrap"]);
  const reader = host.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = (await reader.read()).value ?? "";
  host.kill("SIGINT");
  for (let more; (more = await reader.read()).value !== undefined;) text += more.value;
  assert.equal(text, "up\ntidied\n");
  assert.equal((await host.status).code, 130);
  await host.stderr.cancel();
});

test("packages and remote modules are there for reading, pinned", async () => {
  await using world = await World.make();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("export const a = 41;", { headers: { "content-type": "text/javascript" } }),
  );
  const host = `127.0.0.1:${server.addr.port}`;
  const dir = await world.task(
    "remote",
    `permissions: { import: ["${host}"] }`,
    `import { a } from "http://${host}/a.js";\nexport const main = () => a + 1;\n`,
  );
  for (let at = 0; at < 2; at++) {
    assert.equal((await run(world, dir)).stdout, "42\n");
  }
});

test("a host that net lists is reached from inside, others are not", async () => {
  await using world = await World.make();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("page"),
  );
  const { port } = server.addr;
  const dir = await world.mainTask(
    "net",
    `permissions: { net: ["127.0.0.1:${port}"] }`,
    `return await (await fetch("http://127.0.0.1:${port}/")).text();`,
  );
  assert.equal((await run(world, dir)).stdout, '"page"\n');
});
