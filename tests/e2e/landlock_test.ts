/**
 * The kernel's wall by Landlock: what a program can open, signal and dial behind it. The programs here
 * are perl scripts: where Landlock works, perl is there.
 */
import assert from "node:assert/strict";
import { listSystem } from "../../runtime/landlock.ts";
import { ACCESS, landlockArgs, type Opening } from "../../runtime/landlock_launcher.ts";
import { explainReplaced, findWorkingLandlock } from "../../runtime/landlock_probe.ts";
import { type CliOptions, findProcesses, type Shown, until, World } from "../helpers.ts";

const landlock = await findWorkingLandlock(await Deno.makeTempDir());
if (!landlock.works) console.error(`skipped: tests of Landlock: ${landlock.reason}`);

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !landlock.works, fn });
}

function run(world: World, dir: string, options?: CliOptions): Promise<Shown> {
  return world.dicode(["run", dir, "--isolation", "landlock"], options);
}

/** What perl scripts here begin with. `tell` prints what came of a call: `ok`, or its errno. */
const PRELUDE = `use Socket; $| = 1; $SIG{PIPE} = "IGNORE";
  sub tell_of { my ($name, $done) = @_; print "$name ", ($done ? "ok" : $! + 0), "\\n" }
  sub reads { my $path = shift; tell_of($path, (opendir(my $d, $path) or open(my $f, "<", $path))) }
  sub writes { my $path = shift; tell_of($path, open(my $f, ">>", $path)) }
`;
const DENIED = "13";
const [SENDMSG, SENDMMSG] = Deno.build.arch === "x86_64" ? [46, 307] : [211, 269];
/** prlimit64, sched_setaffinity, sched_setattr, sched_setparam, sched_setscheduler, ioprio_set. */
const SCHEDULING = Deno.build.arch === "x86_64"
  ? [302, 203, 314, 142, 144, 251]
  : [261, 122, 274, 118, 119, 30];
const [MKNODAT, SETSID, PTRACE] = Deno.build.arch === "x86_64" ? [259, 112, 101] : [33, 157, 117];

/** A task that runs a perl script with the pid of the host as its argument. */
async function perlTask(world: World, name: string, script: string, permissions = "") {
  const code = `const { code } = await new Deno.Command("perl", {
      args: ["-e", ${JSON.stringify(PRELUDE + script)}, String(Deno.ppid)], stdin: "null",
    }).spawn().status;
    if (code !== 0) throw new Error("the script ended with " + code);`;
  return await world.mainTask(name, `permissions:\n  run: [perl]\n${permissions}`, code);
}

/** Lines of `name outcome` as an object. */
function parse({ stdout, stderr, code }: Shown): Record<string, string> {
  assert.equal(code, 0, stderr);
  const lines = stdout.trim().split("\n").map((line) => line.split(/ (?=\S*$)/));
  return Object.fromEntries(lines);
}

test("without grants a program opens its task's folder and the system, and nothing else", async () => {
  await using world = await World.make();
  await world.store({ key: "canary-of-the-store" });
  await Deno.writeTextFile(`${world.home}/.ssh`, "canary-of-the-home");
  const script = `
    reads($_) for "task.yaml", ".", "/usr/bin/env", "/etc/hosts", "/dev/urandom";
    reads($_) for map { "outside:$_" =~ /:(.*)/ } "/", "/etc", "/etc/passwd", "/proc", "/sys", "/tmp",
      "/dev", "/dev/shm", "/var", "/run", "/home", "/root", "${world.dir}", "${world.home}/.ssh",
      "${world.dataDir}", "${world.dataDir}/master.key", "${world.dataDir}/data.db",
      "/proc/1/environ", "/proc/$ARGV[0]/environ", "/proc/$ARGV[0]/root", "/proc/self/environ";
    writes($_) for "/dev/null", "$ENV{TMPDIR}/new";
    writes($_) for "./new", "../new", "/tmp/new", "/dev/shm/new", "/usr/new", "/dev/tty", "/dev/ptmx";
    tell_of("truncate", truncate("task.ts", 0));
    tell_of("rename", rename("task.ts", "$ENV{TMPDIR}/task.ts"));
    tell_of("link", link("task.ts", "$ENV{TMPDIR}/task.ts"));
    tell_of("remove", unlink("task.ts"));
    tell_of("mkdir", mkdir("folder"));`;
  const dir = await perlTask(world, "opens", script);
  const seen = parse(await run(world, dir));
  const open = Object.keys(seen).filter((name) => seen[name] === "ok");
  const tmp = open.pop();
  assert.deepEqual(open, [
    ...["task.yaml", ".", "/usr/bin/env", "/etc/hosts", "/dev/urandom", "/dev/null"],
  ]);
  assert.match(tmp!, /\/dicode-[^/]+\/deno\/tmp\/new$/);
  await assert.rejects(Deno.stat(tmp!), Deno.errors.NotFound);
  for (const [name, outcome] of Object.entries(seen)) {
    // A rename or link between rights that differ is as between file systems: EXDEV.
    const expected = ["rename", "link"].includes(name) ? ["13", "18"] : [DENIED];
    // What this machine does not have at all is no sign of anything.
    if (outcome !== "ok" && outcome !== "2") assert.ok(expected.includes(outcome), name + outcome);
  }
  for (
    const name of ["/etc/passwd", `${world.dataDir}/master.key`, "/proc/1/environ", "truncate"]
  ) {
    assert.equal(seen[name], DENIED, name);
  }
  assert.ok(Object.keys(seen).length > 35, JSON.stringify(seen));
});

test("the master key in the host's environment is out of reach, and so not refused", async () => {
  await using world = await World.make();
  const script = `reads("/proc/$ARGV[0]/$_") for "environ", "cmdline", "mem", "maps", "fd";`;
  const dir = await perlTask(world, "environ", script);
  const env = { DICODE_MASTER_KEY: btoa("0123456789abcdef0123456789abcdef") };
  assert.deepEqual(
    new Set(Object.values(parse(await run(world, dir, { env })))),
    new Set([DENIED]),
  );
});

test("the child has no capability and can get none; Deno itself sees its own process alone", async () => {
  await using world = await World.make();
  const marker = `marker${crypto.randomUUID()}`;
  const dir = await world.mainTask(
    marker,
    "name: up",
    `console.log("up", Deno.memoryUsage().rss > 0);
     await new Promise((resolve) => setTimeout(resolve, 60_000));`,
  );
  const host = world.spawn(["run", dir, "--isolation", "landlock"]);
  const reader = host.stdout.getReader();
  assert.equal(new TextDecoder().decode((await reader.read()).value), "up true\n");
  let seen = 0;
  for (const pid of await findProcesses(`${marker}/task.ts`)) {
    const status = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
    const value = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(status)?.[1];
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapAmb"]) assert.match(value(set)!, /^0+$/);
    if (Deno.uid() === 0) assert.match(value("CapBnd")!, /^0+$/);
    assert.equal(value("NoNewPrivs"), "1");
    assert.equal(value("Seccomp"), "2");
    seen++;
  }
  assert.equal(seen, 1);
  host.kill("SIGTERM");
  reader.releaseLock();
  await host.stdout.cancel();
  await host.stderr.cancel();
  assert.equal((await host.status).code, 143);
});

test("grants open what they say for programs, and links in them lead nowhere else", async () => {
  await using world = await World.make();
  await world.store({ key: "canary" });
  for (const name of ["rw", "r", "w", "beside"]) await Deno.mkdir(`${world.dir}/${name}`);
  await Deno.writeTextFile(`${world.dir}/beside/private`, "canary-beside");
  await Deno.writeTextFile(`${world.dir}/r/file`, "readable");
  await Deno.writeTextFile(`${world.dir}/w/file`, "writable");
  await Deno.symlink(`${world.dir}/beside`, `${world.dir}/r/link`);
  await Deno.symlink(world.dataDir, `${world.dir}/r/data`);
  await Deno.symlink(`${world.dir}/r`, `${world.dir}/alias`);
  const script = `chdir "${world.dir}" or die;
    reads($_) for "r/file", "alias/file", "w/file", "r/link/private", "r/data/master.key", "beside";
    writes($_) for "r/file", "w/file", "rw/new", "r/link/new", "r/data/master.key";
    tell_of("make", mkdir("rw/folder"));
    tell_of("move", rename("rw/new", "rw/folder/new"));
    tell_of("take", link("beside/private", "rw/taken"));
    my $device = "rw/device";
    tell_of("device", syscall(${MKNODAT}, -100, $device, 020666, 0x103) == 0);
    tell_of("sh", !system("/bin/sh", "-c", "cat r/file > rw/copy"));`;
  const dir = await perlTask(
    world,
    "grants",
    script,
    `  fs:
    - { path: "${world.dir}/rw", permission: rw }
    - { path: "${world.dir}/w", permission: w }
    - { path: "${world.dir}/alias", permission: r }`,
  );
  const shown = await run(world, dir);
  const lines = shown.stdout.trim().split("\n");
  assert.deepEqual(lines.slice(0, 6), [
    ...["r/file ok", "alias/file ok", "w/file 13", "r/link/private 13", "r/data/master.key 13"],
    "beside 13",
  ], shown.stderr);
  assert.deepEqual(lines.slice(6, 13), [
    ...["r/file 13", "w/file ok", "rw/new ok", "r/link/new 13", "r/data/master.key 13"],
    ...["make ok", "move ok"],
  ]);
  assert.match(lines[13]!, /^take (13|18)$/);
  assert.match(lines.slice(14).join(), /^device (1|13),sh ok$/);
  assert.equal(await Deno.readTextFile(`${world.dir}/rw/copy`), "readable");
  // Where it may write, a task could change modes through such a link; not where it leads to a grant.
  await Deno.symlink(`${world.dir}/w/file`, `${world.dir}/rw/fine`);
  assert.equal((await run(world, dir)).code, 0);
  for (
    const [name, target] of [["data", world.dataDir], ["link", `${world.dir}/beside`]] as const
  ) {
    await Deno.symlink(target, `${world.dir}/rw/${name}`);
    const refused = await run(world, dir);
    assert.equal(refused.code, 6);
    assert.ok(refused.stderr.includes(`/rw/${name}"`), refused.stderr);
    await Deno.remove(`${world.dir}/rw/${name}`);
  }
});

test("run beside a write grant that reaches task.yaml, code or a program is refused, exit 6", async () => {
  await using world = await World.make();
  const dir = await perlTask(world, "own", "1", "  fs: [{ path: ., permission: rw }]");
  const shown = await run(world, dir);
  assert.equal(shown.code, 6);
  assert.match(shown.stderr, /cannot keep ".*task\.yaml" from programs/);
  assert.match(shown.stderr, /hint: .*\.\/data\//);

  const tool = await world.mainTask(
    "tool",
    `permissions: { run: [./bin/tool], fs: [{ path: ./bin, permission: rw }] }`,
    "return 1",
  );
  await Deno.mkdir(`${tool}/bin`);
  await Deno.writeTextFile(`${tool}/bin/tool`, "#!/bin/sh\n", { mode: 0o755 });
  const other = await run(world, tool);
  assert.equal(other.code, 6);
  assert.match(other.stderr, /bin\/tool" from programs/);

  const alone = await world.mainTask(
    "alone",
    `permissions: { fs: [{ path: ., permission: rw }] }`,
    `await Deno.writeTextFile("new", "x");
     return await Deno.writeTextFile("task.yaml", "x").catch((error) => error.name);`,
  );
  assert.deepEqual(await run(world, alone), { code: 0, stdout: '"NotCapable"\n', stderr: "" });
});

test("a program cannot signal the host, nor dial an abstract socket of it", async () => {
  await using world = await World.make();
  const name = `dicode-test-${crypto.randomUUID()}`;
  const dial = `my $name = "\\0${name}";
    socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die;
    tell_of("dial", connect($s, pack("S a*", AF_UNIX, $name)));`;
  await using server = new Deno.Command("/usr/bin/perl", {
    args: [
      "-e",
      `${PRELUDE} socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die;
       bind($s, pack("S a*", AF_UNIX, "\\0${name}")) && listen($s, 5) or die; print "up\\n"; sleep 60`,
    ],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const reader = server.stdout.getReader();
  await reader.read();
  const outside = await new Deno.Command("/usr/bin/perl", { args: ["-e", PRELUDE + dial] })
    .output();
  assert.equal(new TextDecoder().decode(outside.stdout), "dial ok\n");

  const script = `tell_of("signal $_", kill($_, $ARGV[0])) for 0, "USR1", "KILL";
    tell_of("trace", syscall(${PTRACE}, 0x4206, $ARGV[0] + 0, 0, 0) == 0);
    tell_of("server", kill("TERM", ${server.pid}));
    my $child = fork // die; if (!$child) { sleep 60; exit }
    tell_of("own child", kill("KILL", $child));
    ${dial}`;
  assert.deepEqual(parse(await run(world, await perlTask(world, "signals", script))), {
    "signal 0": "1",
    "signal USR1": "1",
    "signal KILL": "1",
    trace: "1",
    server: "1",
    "own child": "ok",
    dial: "1",
  });
  server.kill("SIGKILL");
  await reader.cancel();
});

test("where net is empty there is no socket but unix for a program, by any call", async () => {
  await using world = await World.make();
  const script = `
    for (["tcp", AF_INET, SOCK_STREAM], ["udp", AF_INET, SOCK_DGRAM], ["tcp6", AF_INET6, SOCK_STREAM],
      ["udp6", AF_INET6, SOCK_DGRAM], ["netlink", 16, SOCK_RAW], ["unix", AF_UNIX, SOCK_STREAM]) {
      my ($name, @kind) = @$_; tell_of($name, socket(my $s, $kind[0], $kind[1], 0));
    }
    tell_of("mptcp", socket(my $s, AF_INET, SOCK_STREAM, 262));
    tell_of("pair", socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, 0));
    my $params = "\\0" x 120;
    tell_of("uring", syscall(425, 8, $params) >= 0);`;
  assert.deepEqual(parse(await run(world, await perlTask(world, "sockets", script))), {
    ...{ tcp: DENIED, udp: DENIED, tcp6: DENIED, udp6: DENIED, netlink: DENIED, mptcp: DENIED },
    ...{ unix: "ok", pair: "ok", uring: DENIED },
  });
});

test("where every entry of net has a port, programs dial and listen on those alone", async () => {
  await using world = await World.make();
  const serve = () =>
    Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => new Response("page"));
  await using listed = serve();
  await using other = serve();
  const script = `
    for my $port (${listed.addr.port}, ${other.addr.port}) {
      socket(my $s, AF_INET, SOCK_STREAM, 0) or die;
      tell_of($port == ${listed.addr.port} ? "listed" : "other",
        connect($s, pack_sockaddr_in($port, inet_aton("127.0.0.1"))));
    }
    socket(my $s, AF_INET, SOCK_STREAM, 0) or die;
    tell_of("listen", bind($s, pack_sockaddr_in(0, inet_aton("127.0.0.1"))));`;
  const net = `  net: ["127.0.0.1:${listed.addr.port}"]`;
  const dir = await perlTask(world, "ports", script, net);
  assert.deepEqual(parse(await run(world, dir)), { listed: "ok", other: DENIED, listen: DENIED });

  const fetches = await world.mainTask(
    "fetches",
    `permissions:\n${net}`,
    `return await (await fetch("http://127.0.0.1:${listed.addr.port}/")).text();`,
  );
  assert.equal((await run(world, fetches)).stdout, '"page"\n');
});

test("where every entry of net has a port, no other way leads to another port", async () => {
  await using world = await World.make();
  const serve = () =>
    Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => new Response("page"));
  await using listed = serve();
  await using other = serve();
  const script = `
    my ($listed, $other) = map { pack_sockaddr_in($_, inet_aton("127.0.0.1")) }
      ${listed.addr.port}, ${other.addr.port};
    for (["mptcp", AF_INET, SOCK_STREAM, 262], ["smc", AF_INET, SOCK_STREAM, 256],
      ["sctp", AF_INET, 5, 0], ["dccp", AF_INET, 6, 0], ["vsock", 40, SOCK_STREAM, 0],
      ["netlink", 16, SOCK_RAW, 0], ["udp", AF_INET, SOCK_DGRAM, 17]) {
      my ($name, @kind) = @$_; tell_of($name, socket(my $s, $kind[0], $kind[1], $kind[2]));
    }
    socket(my $s, AF_INET, SOCK_STREAM, 6) or die;
    tell_of("sendto", send($s, "GET /", 0x20000000, $other));
    my $parts = pack("P x8", "GET /"); substr($parts, 8) = pack("Q", 5);
    my $header = pack("P L x4 P Q Q Q L x4", $other, length $other, $parts, 1, 0, 0, 0);
    tell_of("sendmsg", syscall(${SENDMSG}, fileno $s, $header, 0x20000000) > 0);
    tell_of("sendmmsg", syscall(${SENDMMSG}, fileno $s, $header . ("\\0" x 8), 1, 0x20000000) > 0);
    tell_of("ulp", setsockopt($s, 6, 31, "smc\\0"));
    tell_of("nodelay", setsockopt($s, 6, 1, 1));
    my $params = "\\0" x 120;
    tell_of("uring", syscall(425, 8, $params) >= 0);
    tell_of("listed", connect($s, $listed));
    tell_of("sent", send($s, "GET / HTTP/1.0\\r\\n\\r\\n", 0));`;
  const net = `  net: ["127.0.0.1:${listed.addr.port}"]`;
  assert.deepEqual(parse(await run(world, await perlTask(world, "ways", script, net))), {
    ...{ mptcp: DENIED, smc: DENIED, sctp: DENIED, dccp: DENIED, vsock: DENIED },
    ...{ netlink: "ok", udp: "ok", sendto: DENIED, sendmsg: DENIED, sendmmsg: DENIED },
    ...{ ulp: DENIED, nodelay: "ok", uring: DENIED, listed: "ok", sent: "ok" },
  });
});

test("a program sets no limit, priority or processor of another process, but its own", async () => {
  await using world = await World.make();
  const [limit, affinity, attr, param, scheduler, io] = SCHEDULING;
  const script = `my ($none, $mask, $what) = ("\\0" x 16, pack("Q", 1), pack("L", 48) . "\\0" x 44);
    for (["host", $ARGV[0] + 0], ["own", 0]) {
      my ($whose, $pid) = @$_;
      my $prio = "\\0" x 4;
      tell_of("$whose core limit", syscall(${limit}, $pid, 4, $none, 0) == 0);
      tell_of("$whose affinity", syscall(${affinity}, $pid, 8, $mask) == 0);
      tell_of("$whose attributes", syscall(${attr}, $pid, $what, 0) == 0);
      tell_of("$whose parameters", syscall(${param}, $pid, $prio) == 0);
      tell_of("$whose scheduler", syscall(${scheduler}, $pid, 0, $prio) == 0);
      tell_of("$whose priority", setpriority(0, $pid, 19));
      tell_of("$whose disk priority", syscall(${io}, 1, $pid, (2 << 13) | 7) == 0);
    }
    tell_of("user's priority", setpriority(2, $<, 19));
    tell_of("nice", !system("nice", "-n", "1", "true"));`;
  const seen = parse(await run(world, await perlTask(world, "limits", script)));
  assert.equal(Object.keys(seen).length, 16);
  for (const [name, outcome] of Object.entries(seen)) {
    const isOther = /^(host|user's) /.test(name);
    // To leave a niceness of 19 for that of the attributes needs a right that nobody has here.
    if (name === "own attributes") continue;
    assert.equal(outcome, isOther ? "1" : "ok", name);
  }
});

test("a path that is a link by the time it is opened ends the launch, also amid the path", async () => {
  await using world = await World.make();
  await world.store({ key: "canary" });
  await Deno.mkdir(`${world.dir}/work/data`, { recursive: true });
  const launch = async (path: string, opening: Opening) => {
    const args = landlockArgs({
      rules: [
        ...listSystem({ net: [], run: [] }),
        { path, access: ACCESS.readFile | ACCESS.readDir, opening },
      ],
      net: "none",
      leastAbi: 3,
    }, ["/usr/bin/perl", "-e", `${PRELUDE} reads(${JSON.stringify(path)})`]);
    const { code, stdout, stderr } = await new Deno.Command("/usr/bin/perl", { args }).output();
    return { code, stdout: text(stdout), error: explainReplaced(text(stderr)) };
  };
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const data = `${world.dir}/work/data`;
  assert.equal((await launch(data, "real")).stdout, `${data} ok\n`);
  assert.equal((await launch(`${data}/none`, "optional")).stdout, `${data}/none 2\n`);
  assert.equal((await launch(`${data}/none`, "real")).code, 125);

  await Deno.rename(data, `${world.dir}/work/old`);
  await Deno.symlink(world.dataDir, data);
  for (const path of [data, `${data}/master.key`]) {
    // As long as it is followed, it is granted: what is forbidden below is there to be had.
    assert.equal((await launch(path, "system")).stdout, `${path} ok\n`);
    for (const opening of ["real", "optional"] as const) {
      const { code, stdout, error } = await launch(path, opening);
      assert.deepEqual([code, stdout], [125, ""]);
      assert.equal(error?.code, "path_refused");
      assert.ok(error.message.includes(`"${path}"`), error.message);
    }
  }
});

test("programs find certificates, and no private key beside them", async () => {
  await using world = await World.make();
  const script = `reads($_) for "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/ssl",
    "/etc/ssl/private", "/etc/pki", "/etc/pki/tls/private";`;
  const seen = parse(await run(world, await perlTask(world, "certificates", script)));
  for (const [name, outcome] of Object.entries(seen)) {
    const isOpen = ["/etc/ssl/certs", "/etc/ssl/openssl.cnf"].includes(name);
    // 2: not on this machine.
    assert.ok([isOpen ? "ok" : DENIED, "2"].includes(outcome), `${name} ${outcome}`);
  }
  const isHere = await Deno.stat("/etc/ssl/certs").then(() => true, () => false);
  assert.equal(seen["/etc/ssl/certs"], isHere ? "ok" : "2");
});

test("a program that a link leads to runs", async () => {
  await using world = await World.make();
  await Deno.mkdir(`${world.dir}/tools/1`, { recursive: true });
  await Deno.writeTextFile(`${world.dir}/tools/1/tool`, "#!/bin/sh\necho up\n", { mode: 0o755 });
  await Deno.symlink("1/tool", `${world.dir}/tools/tool`);
  const dir = await world.mainTask(
    "linked",
    `permissions: { run: ["${world.dir}/tools/tool"] }`,
    `const { stdout } = await new Deno.Command("${world.dir}/tools/tool").output();
     return new TextDecoder().decode(stdout);`,
  );
  assert.deepEqual(await run(world, dir), { code: 0, stdout: '"up\\n"\n', stderr: "" });
});

test("what leaves the process group lives on, and stays inside the walls", async () => {
  await using world = await World.make();
  await Deno.mkdir(`${world.dir}/out`);
  await Deno.writeTextFile(`${world.dir}/private`, "canary");
  const script = `my $child = fork // die; if ($child) { sleep 1; exit }
    syscall(${SETSID}) > 0 or die;
    close STDOUT; close STDERR;
    my $host = $ARGV[0];
    for (1 .. 200) { last if !-e "/proc/$host/stat"; select undef, undef, undef, 0.05 }
    my $told = open(my $f, "<", "${world.dir}/private") ? "read" : $! + 0;
    open(my $out, ">", "${world.dir}/out/told") or exit; print $out $told; close $out;
    rename "${world.dir}/out/told", "${world.dir}/out/end";`;
  const permissions = `  fs: [{ path: "${world.dir}/out", permission: rw }]`;
  const dir = await perlTask(world, "orphan", script, permissions);
  assert.equal((await run(world, dir)).code, 0);
  const end = `${world.dir}/out/end`;
  await until("the orphan's word", () => Deno.stat(end).then(() => true, () => false));
  assert.equal(await Deno.readTextFile(end), DENIED);
});

test("packages and remote modules are there for reading behind Landlock, pinned", async () => {
  await using world = await World.make();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("export const a = 41;", { headers: { "content-type": "text/javascript" } }),
  );
  const host = `127.0.0.1:${server.addr.port}`;
  const dir = await world.task(
    "remote",
    `permissions: { import: ["${host}"], run: [perl] }`,
    `import { a } from "http://${host}/a.js";
     export async function main() {
       const script = 'print open(my $f, ">", "$ENV{DENO_DIR}/remote/new") ? "wrote" : $! + 0;';
       const { stdout } = await new Deno.Command("perl", { args: ["-e", script] }).output();
       return [a + 1, new TextDecoder().decode(stdout)];
     }\n`,
  );
  for (let at = 0; at < 2; at++) {
    assert.equal((await run(world, dir)).stdout, `[42,"${DENIED}"]\n`);
  }
});
