/**
 * Programs that providers ask: an argument vector and no shell, a small environment, bounded output,
 * and nothing left running.
 *
 * A program is over when it has ended itself: what it leaves behind in its process group is killed,
 * and what has left that group cannot hold up the answer. It runs in the root folder, so that no file
 * beside the task steers it.
 */
import { pause } from "./deadline.ts";
import { ProviderFailure } from "./provider.ts";
import { quoteShell, quoteWhole } from "./quote.ts";
import { joinBytes } from "./read_all.ts";

/** The most that a program may print on either stream, in bytes: 1 MiB. */
const MOST_BYTES = 1024 * 1024;

/** The most that a message shows of a line, and the least that is hidden in it, in characters. */
const [MOST_SHOWN, LEAST_HIDDEN] = [200, 4];

/** How long nothing may come after a program's end before what it printed counts as whole. */
const SILENCE_MS = 600;

/** Variables that any program may have of the host's: what it needs to find its own things. */
const PASSED = [
  "PATH HOME USER LOGNAME LANG TERM TZ TMPDIR GNUPGHOME DBUS_SESSION_BUS_ADDRESS SSH_AUTH_SOCK",
  "LC_ALL LC_CTYPE LC_MESSAGES",
  "XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME XDG_STATE_HOME XDG_RUNTIME_DIR XDG_CONFIG_DIRS",
  "XDG_DATA_DIRS XDG_CURRENT_DESKTOP XDG_SESSION_TYPE XDG_SESSION_ID",
  "HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY http_proxy https_proxy no_proxy all_proxy",
  "SSL_CERT_FILE SSL_CERT_DIR",
].join(" ").split(" ");

/** One call of a program. */
export interface Call {
  /** The provider's name, for failures. */
  readonly provider: string;
  /** The program, by its path or by its name on PATH, and its arguments. */
  readonly argv: readonly string[];
  readonly env: (name: string) => string | undefined;
  /** More variables of the host's that it gets. */
  readonly pass?: readonly string[];
  /** Variables that it gets with these values. */
  readonly set?: Readonly<Record<string, string>>;
  /** What it reads; default nothing, and no terminal. */
  readonly stdin?: string;
  /** The hint where there is no such program. Default: install it. */
  readonly missingHint?: string;
}

/** How a program ended. */
export interface ToolEnd {
  /** 128 and the signal's number where one ended it. */
  readonly code: number;
  readonly signal: Deno.Signal | null;
  /** May hold a secret: never in a message. */
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/**
 * Runs a program to its end.
 *
 * @throws {ProviderFailure} tool_missing: it cannot be started; bad_answer: it prints too much; the
 *   signal's reason: then it is gone, and what it started with it.
 */
export async function askTool(call: Call, signal: AbortSignal): Promise<ToolEnd> {
  signal.throwIfAborted();
  const child = start(call);
  const kill = () => {
    try {
      // A group of its own: a program's children would hold its pipes open.
      Deno.kill(-child.pid as number, "SIGKILL");
    } catch {
      // It is gone already.
    }
  };
  signal.addEventListener("abort", kill, { once: true });
  const [stdout, stderr] = [collect(child.stdout, kill), collect(child.stderr, kill)];
  const feeding = feed(child, call.stdin);
  try {
    const status = await child.status;
    kill();
    await drain(stdout, stderr);
    signal.throwIfAborted();
    const [printed, said] = [await stdout.bytes, await stderr.bytes];
    if (printed === undefined || said === undefined) {
      const found = `${quoteWhole(call.argv[0]!)} prints more than 1 MiB`;
      throw new ProviderFailure(call.provider, "bad_answer", found, {
        hint: "see what it prints when it is run by hand",
      });
    }
    return { ...status, stdout: printed, stderr: new TextDecoder().decode(said) };
  } finally {
    signal.removeEventListener("abort", kill);
    feeding.stop();
  }
}

/** What it printed as text. @throws {ProviderFailure} bad_answer: it is not UTF-8. */
export function decodeOutput(call: Pick<Call, "provider" | "argv">, stdout: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(stdout);
  } catch {
    const found = `${quoteWhole(call.argv[0]!)} prints what is not UTF-8 text`;
    throw new ProviderFailure(call.provider, "bad_answer", found, {
      hint: "keep binary data as base64, and decode it in the task",
    });
  }
}

/**
 * The last line that a program wrote to stderr, for a message: without what steers a terminal, and
 * cut at a space where it is long.
 *
 * @param hidden texts that stand as `***` in it: credentials that the program was given, and what it
 *   printed. Such as are shorter than 4 characters are left.
 */
export function lastLine(stderr: string, hidden: readonly string[] = []): string {
  // SECURITY: hidden before it is cut, since half a value is no pattern of the mask's:
  // tests/unit/store/ask_tool_test.ts.
  const texts = hidden.filter((text) => text.trim().length >= LEAST_HIDDEN)
    .sort((a, b) => b.length - a.length);
  let shown = stderr;
  for (const text of texts) shown = shown.replaceAll(text, "***");
  // deno-lint-ignore no-control-regex
  const plain = shown.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "").replace(/[^\P{Cc}\n\r]/gu, " ");
  const line = plain.split(/[\n\r]/).map((each) => each.trim()).findLast((each) => each !== "") ??
    "";
  if (line.length <= MOST_SHOWN) return line;
  const cut = line.lastIndexOf(" ", MOST_SHOWN);
  return cut === -1 ? "" : `${line.slice(0, cut)} …`;
}

function start({ provider, argv, env, pass = [], set = {}, stdin, missingHint }: Call) {
  const [program = "", ...args] = argv;
  const variables: Record<string, string> = {};
  for (const name of [...PASSED, ...pass]) {
    const value = readVariable(name, env);
    if (value !== undefined) variables[name] = value;
  }
  try {
    return new Deno.Command(program, {
      args,
      clearEnv: true,
      env: { ...variables, ...set },
      cwd: "/",
      stdin: stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    }).spawn();
  } catch (error) {
    const fail = (found: string, hint: string) =>
      new ProviderFailure(provider, "tool_missing", `${quoteWhole(program)}: ${found}`, { hint });
    if (error instanceof Deno.errors.NotFound) {
      throw fail("there is no such program", missingHint ?? "install it, or write its path");
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw fail(
        "it cannot be run: permission denied",
        `chmod +x ${quoteShell(program)}, or name another`,
      );
    }
    throw fail("it cannot be started", "run it by hand to see why");
  }
}

function readVariable(name: string, env: Call["env"]): string | undefined {
  try {
    return env(name);
  } catch {
    return undefined; // not UTF-8: the program does without
  }
}

/** Writes what the program reads; `stop` ends that where nobody reads any more. */
function feed(child: Deno.ChildProcess, stdin: string | undefined): { readonly stop: () => void } {
  if (stdin === undefined) return { stop: () => {} };
  const writer = child.stdin.getWriter();
  // A program may end without reading.
  const written = writer.write(new TextEncoder().encode(stdin)).then(() => writer.close());
  written.catch(() => {});
  return { stop: () => void writer.abort().catch(() => {}) };
}

/** A stream that is read as it comes. */
interface Collected {
  /** All of it, or undefined if it is too much. */
  readonly bytes: Promise<Uint8Array | undefined>;
  readonly size: () => number;
  /** Ends it here, whoever still holds the other end. */
  readonly stop: () => void;
}

function collect(stream: ReadableStream<Uint8Array>, onFlood: () => void): Collected {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const stop = () => void reader.cancel().catch(() => {});
  const read = async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      chunks.push(value);
      if (size <= MOST_BYTES) continue;
      onFlood();
      stop();
      return undefined;
    }
    return joinBytes(chunks);
  };
  return { bytes: read(), size: () => size, stop };
}

/** Waits for the rest of what an ended program printed: to the end, or until nothing comes any more. */
async function drain(...streams: readonly Collected[]): Promise<void> {
  const over = new AbortController();
  Promise.all(streams.map(({ bytes }) => bytes)).then(() => over.abort());
  let [silentSince, before] = [performance.now(), -1];
  while (!over.signal.aborted && performance.now() - silentSince < SILENCE_MS) {
    const size = streams.reduce((sum, stream) => sum + stream.size(), 0);
    if (size !== before) [before, silentSince] = [size, performance.now()];
    await pause(SILENCE_MS / 6, over.signal).catch(() => {});
  }
  for (const { stop } of streams) stop();
}
