/**
 * The functions of Deno and Node that ask for a permission, and what they ask for.
 *
 * Measured with Deno 2.9.6: each was called without permissions, and said what it requires. A name is
 * written as origin.ts gives it, without `Sync` at its end.
 */
import type { Kind } from "./mention.ts";

/** What is asked for each argument that is a path: `r`, `w` or both. */
export const PATHS = new Map<string, readonly string[]>();

function addPaths(module: string, names: string, ...accesses: readonly string[]): void {
  for (const name of names.split(" ")) PATHS.set(`${module}.${name}`, accesses);
}

addPaths("Deno", "readFile readTextFile readDir readLink realPath stat lstat watchFs", "r");
addPaths("Deno", "writeFile writeTextFile mkdir remove chmod chown truncate utime", "w");
addPaths("Deno", "create", "rw");
addPaths("Deno", "copyFile", "r", "w");
addPaths("Deno", "rename", "rw", "w");
addPaths("Deno", "link symlink", "rw", "rw");
for (const module of ["node:fs", "node:fs/promises"]) {
  addPaths(module, "readFile readdir opendir readlink realpath stat lstat access exists", "r");
  addPaths(module, "createReadStream openAsBlob statfs watch watchFile", "r");
  addPaths(module, "writeFile appendFile mkdir mkdtemp rmdir unlink chmod chown lchown", "w");
  addPaths(module, "utimes lutimes createWriteStream", "w");
  addPaths(module, "rm truncate", "rw");
  addPaths(module, "copyFile", "r", "w");
  addPaths(module, "cp", "r", "rw");
  addPaths(module, "rename", "rw", "w");
  addPaths(module, "link symlink", "rw", "rw");
}

addPaths("node:sqlite", "Database", "rw"); // DatabaseSync

/** The kinds of system information that a function asks for, in the words of `sys`. */
export const SYS: Readonly<Record<string, readonly string[]>> = {
  "Deno.hostname": ["hostname"],
  "Deno.osRelease": ["osRelease"],
  "Deno.osUptime": ["osUptime"],
  "Deno.loadavg": ["loadavg"],
  "Deno.networkInterfaces": ["networkInterfaces"],
  "Deno.systemMemoryInfo": ["systemMemoryInfo"],
  "Deno.uid": ["uid"],
  "Deno.gid": ["gid"],
  "process.getuid": ["uid"],
  "process.geteuid": ["uid"],
  "process.getgid": ["gid"],
  "process.getegid": ["getegid"],
  "process.availableMemory": ["systemMemoryInfo"],
  "node:fs.access": ["uid"], // of a file that is there
  "node:fs/promises.access": ["uid"],
  "node:fs.statfs": ["statfs"],
  "node:fs/promises.statfs": ["statfs"],
  "node:os.hostname": ["hostname"],
  "node:os.release": ["osRelease"],
  "node:os.version": ["osRelease"],
  "node:os.uptime": ["osUptime"],
  "node:os.loadavg": ["loadavg"],
  "node:os.networkInterfaces": ["networkInterfaces"],
  "node:os.totalmem": ["systemMemoryInfo"],
  "node:os.freemem": ["systemMemoryInfo"],
  "node:os.userInfo": ["uid", "gid", "userInfo"],
  "node:os.homedir": ["homedir"],
  "node:os.cpus": ["cpus"],
  "node:os.getPriority": ["getPriority"],
  "node:os.setPriority": ["setPriority"],
};

/** Functions whose first argument is the name of a variable. */
export const VARIABLES: ReadonlySet<string> = new Set(
  ["get", "has", "set", "delete"].map((name) => `Deno.env.${name}`).concat("sdk.env.get"),
);

/** What takes a URL as its first argument, and dials it. */
export const URLS: ReadonlySet<string> = new Set(
  ["fetch", "WebSocket", "WebSocketStream", "EventSource", "WebTransport"],
);

/** Packages for requests: what they or a method of them are called with is dialled. */
export const CLIENTS =
  /^npm:\/?(axios|got|ky|node-fetch|ofetch|superagent|undici|needle|ws|wretch)(@[^./]*(\.\d[^.]*)*)?(\.|$)/;

/** What takes `{ hostname, port }`, and the host and port where they are left out. */
export const ENDPOINTS: Readonly<Record<string, { host: string; port?: number }>> = {
  "Deno.connect": { host: "127.0.0.1" },
  "Deno.connectTls": { host: "127.0.0.1" },
  "Deno.listen": { host: "0.0.0.0" },
  "Deno.listenTls": { host: "0.0.0.0" },
  "Deno.listenDatagram": { host: "0.0.0.0" },
  "Deno.serve": { host: "0.0.0.0", port: 8000 },
  "node:net.connect": { host: "localhost" },
  "node:net.createConnection": { host: "localhost" },
  "node:tls.connect": { host: "localhost" },
  "node:http.get": { host: "localhost", port: 80 },
  "node:http.request": { host: "localhost", port: 80 },
  "node:https.get": { host: "localhost", port: 443 },
  "node:https.request": { host: "localhost", port: 443 },
};

/** What starts the program that its first argument names. */
export const PROGRAMS: ReadonlySet<string> = new Set([
  "Deno.Command",
  ...["spawn", "execFile"].map((name) => `node:child_process.${name}`),
]);

/** What starts a shell. */
export const SHELLS: ReadonlySet<string> = new Set(["node:child_process.exec"]);

/** What runs code that the survey does not see. */
const UNSEEN: ReadonlySet<string> = new Set(["eval", "Function", "Worker", "Deno.dlopen"]);

/** Methods whose first argument is a secret's key, whatever the object is called. */
export const SECRETS: ReadonlySet<string> = new Set(["secrets_set", "secrets_delete"]);

/** What a value of that origin can be asked for, by whoever it is handed to. */
const REACH: readonly (readonly [origin: string, kinds: readonly Kind[]])[] = [
  ["Deno.env", ["env"]],
  ["process.env", ["env"]],
  ["sdk.env", ["env"]],
  ["sdk.params", ["param"]],
  ["sdk.dicode", ["secret"]],
  ["sdk", ["env", "param", "secret"]],
  ["node:fs", ["read", "write"]],
  ["node:fs/promises", ["read", "write"]],
  ["node:os", ["sys"]],
  ["node:child_process", ["run"]],
  ["node:net", ["net"]],
  ["node:tls", ["net"]],
  ["node:http", ["net"]],
  ["node:https", ["net"]],
  ["node:http2", ["net"]],
  ["node:dgram", ["net"]],
  ["node:dns", ["net"]],
  ["node:dns/promises", ["net"]],
  ["node:cluster", ["run"]],
  ["node:sqlite", ["read", "write"]],
  ["node:module", ["code"]],
  ["node:vm", ["code"]],
  ["node:worker_threads", ["code"]],
  ["Deno", ["code"]],
  ["process", ["code"]],
];

const REACHED = new Map(REACH);

/** Members of those modules that ask for nothing. */
const HARMLESS = new Set(
  ("isIP isIPv4 isIPv6 STATUS_CODES METHODS Agent globalAgent constants Stats Dirent EOL platform arch " +
    "type tmpdir machine availableParallelism endianness fsync fstat close read write ftruncate")
    .split(" "),
);

/** The kinds that a function or object can ask for, if it is one that asks. */
export function kindsOf(origin: string): readonly Kind[] {
  const name = dropSync(origin);
  const accesses = PATHS.get(name)?.join("") ?? (OPENERS.has(name) ? "rw" : "");
  if (accesses !== "") {
    return [
      ...(accesses.includes("r") ? ["read" as const] : []),
      ...(accesses.includes("w") ? ["write" as const] : []),
    ];
  }
  if (Object.hasOwn(SYS, name)) return ["sys"];
  if (VARIABLES.has(name) || name === "Deno.env.toObject") return ["env"];
  if (/^sdk\.dicode\.secrets_(set|delete)$/.test(name)) return ["secret"];
  if (name === "sdk.params.get" || name === "sdk.params.all") return ["param"];
  if (name === "Deno.resolveDns") return ["net"];
  if (URLS.has(name) || Object.hasOwn(ENDPOINTS, name) || CLIENTS.test(name)) return ["net"];
  if (PROGRAMS.has(name) || SHELLS.has(name)) return ["run"];
  if (UNSEEN.has(name)) return ["code"];
  const whole = REACHED.get(name);
  if (whole !== undefined) return whole;
  const cut = name.lastIndexOf(".");
  const owner = name.slice(0, cut);
  // A function of such a module that no table here has: what it asks for is not known.
  if (cut === -1 || !owner.startsWith("node:") || HARMLESS.has(name.slice(cut + 1))) return [];
  return REACHED.get(owner) ?? [];
}

/** What opens a file as its options say. */
export const OPENERS: ReadonlySet<string> = new Set(
  ["Deno.open", "node:fs.open", "node:fs/promises.open"],
);

/** What makes a file or folder in the one that its options name. */
export const MAKERS: ReadonlySet<string> = new Set(["Deno.makeTempDir", "Deno.makeTempFile"]);

/** A function's name without `Sync` at its end. */
export function dropSync(origin: string): string {
  return origin.endsWith("Sync") ? origin.slice(0, -"Sync".length) : origin;
}
