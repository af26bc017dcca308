import assert from "node:assert/strict";
import type { Grants } from "../../../runtime/grants.ts";
import { listNetworks, listRules, wrapInLandlock } from "../../../runtime/landlock.ts";
import { ACCESS, buildScript } from "../../../runtime/landlock_launcher.ts";

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
  const numbers = { x86_64: [257, 157, 126, 41, 53], aarch64: [56, 167, 91, 198, 199] } as const;
  for (const [arch, own] of Object.entries(numbers)) {
    const script = buildScript(arch as keyof typeof numbers);
    const called = [...script.matchAll(/syscall\(?\s*(\d+)/g)].map(([, number]) => Number(number));
    const landlock = [444, 445, 446];
    const known: number[] = [...own, ...landlock];
    for (const number of called) assert.ok(known.includes(number), `${arch}: ${number}`);
  }
});
