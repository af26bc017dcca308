import assert from "node:assert/strict";
import type { Grants } from "../../../runtime/grants.ts";
import { listEtc } from "../../../runtime/allow_list.ts";
import { listNetworks, listRules, wrapInLandlock } from "../../../runtime/landlock.ts";
import { ACCESS, buildScript } from "../../../runtime/landlock_launcher.ts";
import { explainLandlock, explainReplaced } from "../../../runtime/landlock_probe.ts";

const DIR = "/tasks/one";
const GRANTS: Grants = {
  env: [],
  net: [],
  fs: [],
  run: [],
  sys: [],
  roots: [{ path: DIR, real: DIR }],
  importHosts: [],
};
const PLAN = {
  perlPath: "/usr/bin/perl",
  denoPath: "/opt/deno",
  sdkDir: "/opt/dicode/sdk",
  socket: "/run/folder/s",
  denoDir: "/run/folder/deno",
  codeFiles: [`${DIR}/task.yaml`, `${DIR}/task.ts`],
  fetchedDir: undefined,
  lockFile: undefined,
  certificates: [],
};
const COMMAND = { program: "/opt/deno", args: ["run"], env: { PATH: "/usr/bin" }, cwd: DIR };

const CHANGES = ACCESS.writeFile | ACCESS.changeDir | ACCESS.refer | ACCESS.truncate;

function writable(grants: Grants): string[] {
  return listRules(grants, PLAN).filter(({ access }) => (access & CHANGES) !== 0)
    .map(({ path }) => path).filter((path) => !path.startsWith("/dev/"));
}

Deno.test("listRules() opens nothing for writing but the run's own folder and write grants", () => {
  const at = (path: string, read: boolean, write: boolean) => ({ path, real: path, read, write });
  assert.deepEqual(writable(GRANTS), [PLAN.denoDir]);
  const fs = [at("/a", true, true), at("/b", false, true), at("/c", true, false)];
  assert.deepEqual(writable({ ...GRANTS, fs }), [PLAN.denoDir, "/a", "/b"]);
  const rules = new Map(
    listRules({ ...GRANTS, fs }, PLAN).map(({ path, access }) => [path, access]),
  );
  assert.equal(rules.get("/b")! & (ACCESS.readFile | ACCESS.readDir | ACCESS.execute), 0);
  assert.equal(rules.get("/c"), rules.get(DIR));
});

Deno.test("listRules() names the real path of a grant, and no folder above what is listed", () => {
  const fs = [{ path: "/link", real: "/real/place", read: true, write: false }];
  const paths = listRules({ ...GRANTS, fs, run: ["/opt/tool"] }, PLAN).map(({ path }) => path);
  assert.ok(paths.includes("/real/place") && paths.includes("/opt/tool"));
  for (
    const path of ["/link", "/", "/etc", "/proc", "/dev", "/tmp", "/run/folder", "/tasks", "/opt"]
  ) {
    assert.ok(!paths.includes(path), path);
  }
});

Deno.test("listRules() opens what was fetched, and its lock file, for reading", () => {
  const plan = { ...PLAN, fetchedDir: "/data/deno", lockFile: "/data/lock" };
  const rules = new Map(listRules(GRANTS, plan).map(({ path, access }) => [path, access]));
  for (const path of ["/data/deno/npm", "/data/deno/remote", "/data/lock"]) {
    assert.equal(rules.get(path)! & CHANGES, 0, path);
  }
  assert.ok(!rules.has("/data/deno"));
});

Deno.test("listNetworks() gives ports where every entry has one", () => {
  const cases: [readonly string[], ReturnType<typeof listNetworks>][] = [
    [[], "none"],
    [["*"], "any"],
    [["a.example"], "any"],
    [["a.example:443", "b.example"], "any"],
    [["[2001:db8::1]"], "any"],
    [["a.example:443", "b.example:443", "[::1]:8080", "127.0.0.1:90"], [443, 8080, 90, 53]],
  ];
  for (const [net, expected] of cases) assert.deepEqual(listNetworks(net), expected, net.join());
});

Deno.test("wrapInLandlock() asks for the version that holds programs where there are any", () => {
  const least = (grants: Grants) => {
    const { args } = wrapInLandlock(COMMAND, grants, PLAN);
    return args[args.indexOf("--") + 1];
  };
  assert.equal(least(GRANTS), "3");
  assert.equal(least({ ...GRANTS, run: ["/usr/bin/git"] }), "6");
});

Deno.test("wrapInLandlock() gives programs a TMPDIR of the run's own, unless /tmp is granted", () => {
  const env = (grants: Grants) => wrapInLandlock(COMMAND, grants, PLAN).env;
  const run = ["/usr/bin/git"];
  assert.deepEqual(env(GRANTS), { PATH: "/usr/bin" });
  assert.equal(env({ ...GRANTS, run }).TMPDIR, "/run/folder/deno/tmp");
  const fs = [{ path: "/tmp", real: "/tmp", read: true, write: true }];
  assert.deepEqual(env({ ...GRANTS, run, fs }), { PATH: "/usr/bin" });
});

Deno.test("buildScript() has no number of another machine", () => {
  const numbers = { x86_64: [157, 126], aarch64: [167, 91] } as const;
  for (const [arch, own] of Object.entries(numbers)) {
    const script = buildScript(arch as keyof typeof numbers);
    const called = [...script.matchAll(/syscall\(?\s*(\d+)/g)].map(([, number]) => Number(number));
    const shared = [437, 444, 445, 446];
    assert.deepEqual(new Set(called), new Set([...own, ...shared]), arch);
  }
});

Deno.test("listRules() follows links for what is the system's alone", () => {
  const fs = [{ path: "/link", real: "/real/place", read: true, write: false }];
  const grants = { ...GRANTS, fs, run: ["/opt/tool"], linkedPrograms: { "/opt/tool": "/opt/1/t" } };
  const certificates = ["/etc/ssl/corp.pem", "/etc/../home/me/a.pem", "/home/me/b.pem"];
  const plan = { ...PLAN, certificates, fetchedDir: "/data/deno", lockFile: "/data/lock" };
  const more = { importMap: "/run/folder/imports.json", audit: "/run/folder/audit" };
  const rules = listRules(grants, { ...plan, ...more });
  const by = (opening: string) =>
    rules.filter((rule) => rule.opening === opening).map(({ path }) => path);
  assert.deepEqual(
    by("system").filter((path) => !/^\/(usr|s?bin|lib\w*|proc|dev)(\/|$)/.test(path)),
    [...listEtc(grants), "/etc/ssl/corp.pem"],
  );
  assert.deepEqual(by("optional"), [
    ...["/etc/../home/me/a.pem", "/home/me/b.pem", "/data/deno/npm", "/data/deno/remote"],
  ]);
  assert.deepEqual(
    new Set(by("real")),
    new Set([
      ...[PLAN.denoPath, PLAN.sdkDir, more.importMap, "/data/lock", PLAN.socket, PLAN.denoDir],
      ...[more.audit, DIR, "/opt/1/t", "/real/place"],
    ]),
  );
});

Deno.test("what the launcher says of a path is an error of its own, with the path as it is", () => {
  const hex = new TextEncoder().encode('/a/"b\n').toHex();
  const error = explainReplaced(`noise\nlandlock: path_${hex} 40\n`);
  assert.equal(error?.code, "path_refused");
  assert.match(error.message, /^cannot open "\/a\/\\"b\\n" for the task/);
  assert.equal(explainReplaced("landlock: restrict 1\n"), undefined);
});

Deno.test("where a container forbids openat2, that is the reason", () => {
  for (const errno of [1, 38]) {
    const { reason, cure } = explainLandlock(`landlock: openat2 ${errno}\n`);
    assert.match(reason, /openat2/);
    assert.match(cure, /allow the openat2 system call/);
  }
});
