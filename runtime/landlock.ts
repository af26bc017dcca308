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
  listEtc,
  listPlaces,
  type RunPlaces,
  SYSTEM_FOLDERS,
} from "./allow_list.ts";
import { type Grants, reaches } from "./grants.ts";
import {
  ACCESS,
  landlockArgs,
  type LandlockRule,
  type LandlockRules,
} from "./landlock_launcher.ts";
import type { CommandLine } from "./sandbox.ts";

/** Version 3 (Linux 6.2) can keep a file from being emptied. */
export const LEAST_ABI = 3;
/** Version 6 (Linux 6.12) keeps programs from signalling the host, which opens its inspector. */
export const PROGRAMS_ABI = 6;
/** Version 9 (Linux 7.1) keeps them from socket files that they were not given. */
export const SOCKETS_ABI = 9;

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
    ...paths.map((path) => ({ path, access: READ })),
    ...DEVICES.map((name) => ({ path: `/dev/${name}`, access: READ | ACCESS.writeFile })),
  ];
}

/** The access rights of one run, and no others. */
export function listRules(grants: Grants, plan: LandlockPlan): LandlockRule[] {
  const { fetchedDir, lockFile, importMap } = plan;
  const own = [
    ...plan.certificates,
    plan.denoPath,
    plan.sdkDir,
    ...(importMap === undefined ? [] : [importMap]),
    ...(fetchedDir === undefined ? [] : FETCHED_FOLDERS.map((name) => `${fetchedDir}/${name}`)),
    ...(fetchedDir === undefined || lockFile === undefined ? [] : [lockFile]),
  ];
  return [
    ...listSystem(grants),
    ...own.map((path) => ({ path, access: READ })),
    { path: plan.socket, access: ACCESS.resolveUnix },
    { path: plan.denoDir, access: READ | WRITE },
    ...(plan.audit === undefined ? [] : [{ path: plan.audit, access: ACCESS.writeFile }]),
    ...listPlaces(grants).map(({ real, read, write }) => ({
      path: real,
      access: (read ? READ : 0) | (write ? WRITE : 0),
    })),
  ];
}

/**
 * The networks of one run. Landlock knows ports, not hosts: with a port in every entry, those alone
 * (and that of name servers); else every one.
 */
export function listNetworks(net: readonly string[]): LandlockRules["net"] {
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
