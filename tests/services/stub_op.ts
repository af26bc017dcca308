/**
 * A stand-in for 1Password's `op` program: `read`, `inject`, `whoami`, `service-account ratelimit`,
 * with the texts that op 2.30 to 2.40 prints, its quirks, faults on demand and a log of its calls.
 *
 * Its quirks: it exits 1 for every error; `inject` reads a template from a true pipe only, ends at
 * the first bad reference, leaves out control characters but newline and tab, and appends a newline;
 * OP_CONNECT_* win over a service account's token.
 */

/** An item of the stub's account. */
export interface StubItem {
  readonly vault: string;
  readonly title: string;
  /** Values by `field` or `section/field`. */
  readonly fields: Readonly<Record<string, string>>;
  readonly archived?: boolean;
}

/** What a call answers instead. */
export interface StubFault {
  /** The command that fails: `read`, `inject`, `whoami`, `service-account`; all, if absent. */
  readonly on?: string;
  /** How many calls; default all. */
  readonly times?: number;
  /** Default 1. */
  readonly code?: number;
  /** Written as it is. */
  readonly stderr?: string;
  readonly stdout?: string;
  /** Sleeps for so long first, in a child that holds the pipes. */
  readonly sleepSeconds?: number;
}

/** A call as the log has it. */
export interface StubCall {
  readonly args: readonly string[];
  /** The references of a template that was read from standard input. */
  readonly refs: readonly string[];
  /** What kind of file standard input was. */
  readonly stdin: "pipe" | "file" | "other";
  readonly env: Readonly<Record<string, string>>;
}

interface State {
  readonly items: readonly StubItem[];
  /** The service account's token; null stands for a desktop app that is unlocked. */
  readonly token: string | null;
  readonly used: number;
  faults: (StubFault & { left: number | null })[];
}

/** How a stub begins. */
export interface StubOptions {
  readonly items?: readonly StubItem[];
  /** The token that it takes; default null, which needs none. */
  readonly token?: string | null;
  /** How many of the account's 1000 requests of the day are used; default 4. */
  readonly used?: number;
}

/** The program in a folder of its own. */
export class StubOp {
  private constructor(readonly folder: string) {}

  /** Writes the program into a new folder below `dir`. */
  static async make(dir: string, options: StubOptions = {}): Promise<StubOp> {
    const stub = new StubOp(await Deno.makeTempDir({ dir, prefix: "op-" }));
    const state: State = {
      items: options.items ?? [],
      token: options.token ?? null,
      used: options.used ?? 4,
      faults: [],
    };
    await stub.#write(state);
    const cache = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
    const flags = "--quiet --no-config --no-lock --no-prompt -A";
    const self = new URL(import.meta.url).pathname;
    await Deno.writeTextFile(
      stub.command,
      `#!/bin/sh\nDENO_DIR='${cache}' exec '${Deno.execPath()}' run ${flags} '${self}' '${stub.folder}' "$@"\n`,
      { mode: 0o755 },
    );
    return stub;
  }

  /** The program's path, for `command:`; its folder is for PATH. */
  get command(): string {
    return `${this.folder}/op`;
  }

  /** Answers so from the next call on; the first fault that fits wins. */
  async fail(fault: StubFault): Promise<void> {
    const state = await readState(this.folder);
    state.faults.push({ ...fault, left: fault.times ?? null });
    await this.#write(state);
  }

  /** Every call so far. */
  async calls(): Promise<StubCall[]> {
    const text = await Deno.readTextFile(`${this.folder}/log`).catch(() => "");
    return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  }

  /** The first words of every call: `read`, `inject`. */
  async commands(): Promise<string[]> {
    return (await this.calls()).map(({ args }) => args[0] ?? "");
  }

  async #write(state: State): Promise<void> {
    await Deno.writeTextFile(`${this.folder}/state.json`, JSON.stringify(state));
  }
}

async function readState(folder: string): Promise<State> {
  return JSON.parse(await Deno.readTextFile(`${folder}/state.json`));
}

/** What op says at an error: one line on stderr, exit 1. */
class Refusal extends Error {}

async function main(folder: string, args: readonly string[]): Promise<void> {
  const state = await readState(folder);
  const command = args[0] ?? "";
  const stdin = describeStdin();
  // Like op: what is no pipe is not read.
  const template = command === "inject" && !args.includes("-i") && stdin === "pipe"
    ? await new Response(Deno.stdin.readable).text()
    : "";
  const call: StubCall = {
    args,
    refs: findRefs(template),
    stdin,
    env: Deno.env.toObject(),
  };
  await Deno.writeTextFile(`${folder}/log`, `${JSON.stringify(call)}\n`, { append: true });
  const fault = state.faults.find(({ on, left }) =>
    (on === undefined || on === command) && left !== 0
  );
  if (fault !== undefined) return await act(folder, state, fault);
  if (command === "--version") return write(Deno.stdout, "2.40.0\n");
  try {
    authorise(state, command);
    write(Deno.stdout, answer(state, args, template));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    write(Deno.stderr, `[ERROR] 2026/07/08 19:40:01 ${error.message}\n`);
    Deno.exit(1);
  }
}

async function act(folder: string, state: State, fault: State["faults"][number]): Promise<void> {
  if (fault.left !== null) {
    fault.left -= 1;
    await Deno.writeTextFile(`${folder}/state.json`, JSON.stringify(state));
  }
  if (fault.sleepSeconds !== undefined) {
    await new Deno.Command("sleep", {
      args: [String(fault.sleepSeconds)],
      stdin: "null",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn().status;
  }
  write(Deno.stdout, fault.stdout ?? "");
  write(Deno.stderr, fault.stderr ?? "");
  Deno.exit(fault.code ?? 1);
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
}

function describeStdin(): StubCall["stdin"] {
  const info = Deno.statSync("/dev/stdin");
  return info.isFifo ? "pipe" : info.isFile ? "file" : "other";
}

function authorise({ token }: State, command: string): void {
  const host = Deno.env.get("OP_CONNECT_HOST");
  if (host && Deno.env.get("OP_CONNECT_TOKEN")) {
    throw new Refusal(`error initializing client: Get "${host}/v1/vaults": connection refused`);
  }
  const given = Deno.env.get("OP_SERVICE_ACCOUNT_TOKEN");
  if (command === "whoami" && given === undefined) throw new Refusal("account is not signed in");
  if (given === undefined && token !== null) {
    throw new Refusal(
      "error initializing client: You are not currently signed in. " +
        "Please run `op signin --help` for instructions",
    );
  }
  if (given !== undefined && given !== token) {
    throw new Refusal("(401) Unauthorized: Authentication: Not found.");
  }
}

function answer(state: State, args: readonly string[], template: string): string {
  const rest = args.slice(1).filter((arg) => !/^(--no-newline|--account=.*|-n)$/.test(arg));
  switch (args[0]) {
    case "read": {
      const [ref = ""] = rest;
      try {
        const value = resolve(state, ref, "read");
        return args.includes("--no-newline") || args.includes("-n") ? value : `${value}\n`;
      } catch (error) {
        if (!(error instanceof Refusal) || error.message.startsWith("invalid")) throw error;
        throw new Refusal(`could not read secret '${ref}': ${error.message}`);
      }
    }
    case "inject": {
      if (template === "") throw new Refusal("expected data on stdin but none found");
      const text = template.replaceAll(
        /\{\{\s*(op:\/\/[^}]*?)\s*\}\}/g,
        (_, ref) => resolve(state, ref, "inject"),
      );
      // deno-lint-ignore no-control-regex
      return text.replaceAll(/[\x00-\x08\x0b-\x1f\x7f]/g, "") + "\n";
    }
    case "whoami":
      return "URL:               https://my.1password.com\n" +
        "Integration ID:    WADYB2CBTFBIFKESZ6AV74PUGE\nUser Type:         SERVICE_ACCOUNT\n";
    case "service-account":
      return "TYPE       ACTION        LIMIT    USED    REMAINING    RESET\n" +
        "token      write         100      0       100          N/A\n" +
        "token      read          1000     0       1000         N/A\n" +
        `account    read_write    1000     ${state.used}       ${1000 - state.used}          ` +
        "5 hours from now\n";
    default:
      throw new Refusal(`unknown command "${args[0]}" for "op"`);
  }
}

function findRefs(template: string): string[] {
  return [...template.matchAll(/op:\/\/[^}]*?(?=\s*\}\})/g)].map(([ref]) => ref);
}

/** The value that a reference names; its case does not matter. */
function resolve({ items }: State, ref: string, command: "read" | "inject"): string {
  const [vault = "", title = "", ...field] = ref.replace(/^op:\/\//, "").split("/");
  if (field.length < 1 || field.length > 2) {
    const many = field.length > 2 ? "many" : "few";
    throw new Refusal(
      `invalid secret reference '${ref}': too ${many} '/': ` +
        "secret references should have at least vault, item and field specified",
    );
  }
  const isSame = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();
  const inVault = items.filter((item) => isSame(item.vault, vault));
  const prefix = command === "read" ? `could not get item ${vault}/${title}: ` : "";
  if (inVault.length === 0) {
    const text = `"${vault}" isn't a vault in this account. Specify the vault with its ID or name.`;
    throw new Refusal(prefix + text);
  }
  const found = inVault.filter((item) => isSame(item.title, title));
  if (found.some(({ archived }) => archived)) {
    throw new Refusal(
      `${prefix}could not find item ${title} in vault ${vault}, ` +
        "because it has been deleted or archived.",
    );
  }
  if (found.length === 0) {
    throw new Refusal(
      command === "read"
        ? `${prefix}"${title}" isn't an item in the "${vault}" vault. ` +
          "Specify the item with its UUID, name, or domain."
        : `could not resolve item UUID for item ${title}: ` +
          `could not find item ${title} in vault 3krbvotxjulf6nvqm2k4xfb2p4`,
    );
  }
  if (found.length > 1) {
    throw new Refusal(
      `${prefix}More than one item matches "${title}". Try again and specify the item by its ID:` +
        found.map((_, at) => `\n\t* for the item "${title}" in vault ${vault}: id${at}`).join(""),
    );
  }
  const wanted = field.join("/");
  const entry = Object.entries(found[0]!.fields).find(([name]) => isSame(name, wanted));
  if (entry === undefined) {
    throw new Refusal(
      `item '${vault}/${title}' does not have a field '${wanted.replace("/", ".")}'`,
    );
  }
  return entry[1];
}

if (import.meta.main) await main(Deno.args[0]!, Deno.args.slice(1));
