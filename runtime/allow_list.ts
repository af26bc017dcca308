/**
 * What a task may reach on the host behind a wall of the kernel's: the system's own, the run's own,
 * and what is granted. The same list for every such wall: bwrap.ts mounts it, landlock.ts allows it,
 * and neither adds to it. Pure.
 */
import type { Grants, PathGrant } from "./grants.ts";
import { isInside, resolvePath } from "./paths.ts";

/** Where on the host the things of one run are, beside its grants. */
export interface RunPlaces {
  readonly denoPath: string;
  readonly sdkDir: string;
  readonly socket: string;
  /** Files that stay read-only under a write grant. */
  readonly codeFiles: readonly string[];
  /** A DENO_DIR whose `npm` and `remote` the child may read. */
  readonly fetchedDir: string | undefined;
  readonly lockFile: string | undefined;
  readonly importMap?: string | undefined;
  /** The pipe that permissions which are asked for are written to, if anybody reads it. */
  readonly audit?: string | undefined;
  /** Certificates that a passed variable names. */
  readonly certificates: readonly string[];
}

/** Where things are for a child behind bubblewrap: the same on every machine. */
export const INSIDE = {
  deno: "/run/dicode/deno",
  sdk: "/run/dicode/sdk",
  socket: "/run/dicode/s",
  denoDir: "/run/dicode/cache",
  lockFile: "/run/dicode/lock",
  importMap: "/run/dicode/imports.json",
  audit: "/run/dicode/audit",
} as const;

/** What of /etc every task may read: libraries and the time zone. */
const ETC_ALWAYS = ["ld.so.cache", "localtime"] as const;
/**
 * What programs and the network need besides: names to addresses, certificates.
 *
 * SECURITY: not all of /etc/ssl and /etc/pki, where private keys lie that root and some groups can
 * read (tests/unit/runtime/allow_list_test.ts, tests/e2e/landlock_test.ts).
 */
const ETC_OUTWARD = [
  "alternatives",
  "ca-certificates",
  "hosts",
  "nsswitch.conf",
  "pki/ca-trust",
  "pki/tls/cert.pem",
  "pki/tls/certs",
  "pki/tls/openssl.cnf",
  "resolv.conf",
  "ssl/cert.pem",
  "ssl/certs",
  "ssl/openssl.cnf",
] as const;

/** Files and folders of /etc that exist for a task. Each costs a mount: 0.2 ms of a start. */
export function listEtc({ net, run }: Pick<Grants, "net" | "run">): string[] {
  const isClosed = net.length === 0 && run.length === 0;
  return [...ETC_ALWAYS, ...(isClosed ? [] : ETC_OUTWARD)].map((name) => `/etc/${name}`);
}

/** Folders of the system beside /usr, where they are no links into it. */
export const SYSTEM_FOLDERS = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"] as const;

/** The task's folder and its modules, the programs, and the paths that are granted. */
export function listPlaces(grants: Grants): PathGrant[] {
  return [
    ...grants.roots.map((root) => ({ ...root, read: true, write: false })),
    ...grants.run.map((path) => ({ path, real: path, read: true, write: false })),
    ...grants.fs,
  ];
}

/** The folders of fetched packages and modules in a DENO_DIR; all else there is the child's own. */
export const FETCHED_FOLDERS = ["npm", "remote"] as const;

/** Whether a path lies where root alone may put a link. */
export function isOfSystem(path: string): boolean {
  return path === resolvePath("/", path) && (isInside(path, "/etc") || isInside(path, "/usr"));
}
