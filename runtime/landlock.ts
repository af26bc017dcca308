/**
 * The kernel's wall by Landlock: the allow list as access rights, for systems that forbid user
 * namespaces.
 *
 * Nothing is hidden, but nothing else can be opened: no home, no data folder, no process of the host.
 * What it cannot do (docs/concepts/security.md): network by host, other sockets that lie in files,
 * modes and times of files, an end for what leaves the process group. Pure: grants and paths in, an
 * argument vector out; landlock_probe.ts finds out whether it works here.
 */
import {
  FETCHED_FOLDERS,
  isOfSystem,
  listEtc,
  listPlaces,
  type RunPlaces,
  SYSTEM_FOLDERS,
} from "./allow_list.ts";
import { type Grants, reaches } from "./grants.ts";
import { ACCESS, landlockArgs, type LandlockRule } from "./landlock_launcher.ts";
import type { CommandLine } from "./sandbox.ts";
import type { Networks } from "./syscall_filter.ts";

/** Version 3 (Linux 6.2) can keep a file from being emptied. */
export const LEAST_ABI = 3;
/** Version 6 (Linux 6.12) keeps programs from signalling the host, which opens its inspector. */
export const PROGRAMS_ABI = 6;
/** Version 9 (Linux 7.1) keeps them from socket files that they were not given. */
export const SOCKETS_ABI = 9;

/** Where the things of a run are; every path but a certificate's without links. */
export interface LandlockPlan extends RunPlaces {
  readonly perlPath: string;
  /** The child's DENO_DIR, which must exist. */
  readonly denoDir: string;
}

const READ = ACCESS.execute | ACCESS.readFile | ACCESS.readDir;
const WRITE = ACCESS.writeFile | ACCESS.changeDir | ACCESS.refer | ACCESS.truncate |
  ACCESS.resolveUnix;

/** Devices without a memory. Not /dev/tty: on a terminal, a program could type for its user. */
const DEVICES = ["null", "zero", "full", "random", "urandom"];
/** The child's own process, and what Deno and programs ask about the machine. */
const PROC = ["self", "cpuinfo", "meminfo", "stat", "loadavg", "uptime", "version", "filesystems"];

/** What every program needs of the system, for reading. */
export function listSystem(grants: Pick<Grants, "net" | "run">): LandlockRule[] {
  const paths = [
    "/usr",
    ...SYSTEM_FOLDERS,
    ...listEtc(grants),
    ...PROC.map((name) => `/proc/${name}`),
    "/proc/sys/kernel/osrelease",
  ];
  return [
    ...paths.map((path) => system(path)),
    ...DEVICES.map((name) => system(`/dev/${name}`, READ | ACCESS.writeFile)),
  ];
}

function system(path: string, access = READ): LandlockRule {
  return { path, access, opening: "system" };
}

/**
 * The access rights of one run, and no others.
 *
 * SECURITY: a path was looked at before it is opened, and what is left of another run may put a link
 * in its place meanwhile: only the system's own are opened through links
 * (tests/hostile/swapped-grant, tests/e2e/landlock_test.ts).
 */
export function listRules(grants: Grants, plan: LandlockPlan): LandlockRule[] {
  const { fetchedDir, lockFile, importMap, audit } = plan;
  const real = (path: string, access: number): LandlockRule => ({ path, access, opening: "real" });
  const optional = (path: string): LandlockRule => ({ path, access: READ, opening: "optional" });
  return [
    ...listSystem(grants),
    ...plan.certificates.map((path) => isOfSystem(path) ? system(path) : optional(path)),
    real(plan.denoPath, READ),
    real(plan.sdkDir, READ),
    ...(importMap === undefined ? [] : [real(importMap, READ)]),
    ...(fetchedDir === undefined
      ? []
      : FETCHED_FOLDERS.map((name) => optional(`${fetchedDir}/${name}`))),
    ...(fetchedDir === undefined || lockFile === undefined ? [] : [real(lockFile, READ)]),
    real(plan.socket, ACCESS.resolveUnix),
    real(plan.denoDir, READ | WRITE),
    ...(audit === undefined ? [] : [real(audit, ACCESS.writeFile)]),
    ...listPlaces(grants).map((place) =>
      real(
        grants.linkedPrograms?.[place.path] ?? place.real,
        (place.read ? READ : 0) | (place.write ? WRITE : 0),
      )
    ),
  ];
}

/**
 * The networks of one run. Landlock knows ports, not hosts: with a port in every entry, those alone
 * (and that of name servers); else every one.
 */
export function listNetworks(net: readonly string[]): Networks {
  if (net.length === 0) return "none";
  const ports = net.map((entry) => /^(?:\[.*\]|[^:[]*):(\d+)$/.exec(entry)?.[1]);
  if (ports.includes(undefined)) return "any";
  return [...new Set([...ports.map(Number), 53])];
}

/** Puts a command behind the launcher. Programs beside a write grant on code are refused before. */
export function wrapInLandlock(
  command: CommandLine,
  grants: Grants,
  plan: LandlockPlan,
): CommandLine {
  const rules = {
    rules: listRules(grants, plan),
    net: listNetworks(grants.net),
    leastAbi: grants.run.length > 0 ? PROGRAMS_ABI : LEAST_ABI,
  };
  // A program's temporary files; not where /tmp itself is granted. JavaScript has none either way.
  const hasTmp = grants.run.length > 0 && !reaches(grants, "/tmp");
  return {
    program: plan.perlPath,
    args: landlockArgs(rules, [command.program, ...command.args]),
    env: { ...command.env, ...(hasTmp ? { TMPDIR: `${plan.denoDir}/tmp` } : {}) },
    cwd: command.cwd,
  };
}
