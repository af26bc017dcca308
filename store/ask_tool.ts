/**
 * Programs that providers ask: an argument vector and no shell, a small environment, bounded output,
 * and nothing left running.
 */
import { ProviderFailure } from "./provider.ts";
import { quoteWhole } from "./quote.ts";

/** The most that a program may print on either stream, in bytes: 1 MiB. */
const MOST_BYTES = 1024 * 1024;

/** Variables that any program may have of the host's: what it needs to find its own things. */
const PASSED = [
  "PATH HOME USER LOGNAME LANG TERM TZ TMPDIR GNUPGHOME DBUS_SESSION_BUS_ADDRESS SSH_AUTH_SOCK",
  "LC_ALL LC_CTYPE LC_MESSAGES",
  "XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME XDG_STATE_HOME XDG_RUNTIME_DIR XDG_CONFIG_DIRS",
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
  try {
    const writing = feed(child, call.stdin);
    const [stdout, stderr, status] = await Promise.all([
      collect(child.stdout, kill),
      collect(child.stderr, kill),
      child.status,
      writing,
    ]);
    signal.throwIfAborted();
    if (stdout === undefined || stderr === undefined) {
      const found = `${quoteWhole(call.argv[0]!)} prints more than 1 MiB`;
      throw new ProviderFailure(call.provider, "bad_answer", found, {
        hint: "see what it prints when it is run by hand",
      });
    }
    return { ...status, stdout, stderr: new TextDecoder().decode(stderr) };
  } finally {
    signal.removeEventListener("abort", kill);
    kill();
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

/** The last line that a program wrote to stderr, for a message; at most 200 characters. */
export function lastLine(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  return (lines.at(-1) ?? "").slice(0, 200);
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
      stdin: stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    }).spawn();
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound;
    const found = isMissing ? "there is no such program" : "it cannot be started";
    throw new ProviderFailure(provider, "tool_missing", `${quoteWhole(program)}: ${found}`, {
      hint: missingHint ?? "install it, or write its path",
    });
  }
}

function readVariable(name: string, env: Call["env"]): string | undefined {
  try {
    return env(name);
  } catch {
    return undefined; // not UTF-8: the program does without
  }
}

async function feed(child: Deno.ChildProcess, stdin: string | undefined): Promise<void> {
  if (stdin === undefined) return;
  const writer = child.stdin.getWriter();
  // A program may end without reading.
  await writer.write(new TextEncoder().encode(stdin)).catch(() => {});
  await writer.close().catch(() => {});
}

/** All of a stream, or undefined if it is too much; then `stop` was called. */
async function collect(
  stream: ReadableStream<Uint8Array>,
  stop: () => void,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > MOST_BYTES) {
      stop();
      return undefined;
    }
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
