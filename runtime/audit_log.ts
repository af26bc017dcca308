/**
 * The lines that Deno writes of each permission that is asked for (`DENO_AUDIT_PERMISSIONS`, format
 * 1, Deno 2.9.6) -> each access once, in bounded memory, in the order in which it was first asked for.
 *
 * SECURITY: the task can write here what it likes, and this is the one place where dicode reads what a
 * task writes beside the channel: a line is bounded, so is what is kept, only known kinds and texts
 * are taken, and nothing that is read decides anything (tests/unit/runtime/audit_log_test.ts).
 */

/** What a task's code may ask for: Deno's kinds, and the keys of secrets that it writes. */
export type AccessKind =
  | "env"
  | "ffi"
  | "import"
  | "net"
  | "read"
  | "sys"
  | "write"
  | "secrets_write";

/** The kinds that Deno tells of; of `run` it tells nothing. */
const KINDS: readonly AccessKind[] = ["env", "ffi", "import", "net", "read", "sys", "write"];

/** Something that was asked for. */
export interface Access {
  readonly permission: AccessKind;
  /** The variable, `host:port`, path, kind or key; null is all of its kind at once. */
  readonly value: string | null;
}

/** A longer line is none of Deno's: a path has at most 4096 bytes. */
export const MAX_AUDIT_LINE_BYTES = 64 * 1024;
/** How many different accesses are kept. */
export const MAX_ACCESSES = 10_000;
/** How long all their values may be together, in characters. */
const MAX_CHARACTERS = 4 * 1024 * 1024;
/** The longest key that the store takes. */
const LONGEST_KEY = 256;

const LINE_FEED = 10;

export class AuditLog {
  /** The host's own last line, which no task can know. */
  readonly endLine = `end ${crypto.randomUUID()}`;
  readonly #socket: string;
  readonly #accesses = new Map<string, Access>();
  readonly #line = new Uint8Array(MAX_AUDIT_LINE_BYTES);
  #lineLength = 0;
  #isOverlong = false;
  #characters = 0;
  #isComplete = true;
  #hasStarted = false;
  #hasEnded = false;
  readonly #handedOver = new Set<string>();

  /**
   * @param socket the channel's, as the child dials it. Until it is dialled it is the bootstrap that
   *   asks, and no code of the task has run.
   */
  constructor(socket: string) {
    this.#socket = socket;
  }

  /** Each access once. */
  get accesses(): readonly Access[] {
    return [...this.#accesses.values()];
  }

  /** Whether everything was kept that was asked for. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Whether the end line was read. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The next bytes of the lines, cut anywhere. */
  push(bytes: Uint8Array): void {
    let start = 0;
    for (let end; (end = bytes.indexOf(LINE_FEED, start)) !== -1; start = end + 1) {
      this.#append(bytes.subarray(start, end));
      if (!this.#isOverlong) this.#read(this.#line.subarray(0, this.#lineLength));
      this.#lineLength = 0;
      this.#isOverlong = false;
    }
    this.#append(bytes.subarray(start));
  }

  /** Names of variables that the bootstrap is about to set: it asks for each once, before all else. */
  expect(names: readonly string[]): void {
    for (const name of names) this.#handedOver.add(name);
  }

  /** A key of a secret that the task asked the host to write or delete. */
  addKey(key: string): void {
    if (key.length <= LONGEST_KEY) this.#add({ permission: "secrets_write", value: key });
  }

  #append(piece: Uint8Array): void {
    if (this.#isOverlong || this.#lineLength + piece.length > this.#line.length) {
      this.#isOverlong = true;
      this.#isComplete = false;
      return;
    }
    this.#line.set(piece, this.#lineLength);
    this.#lineLength += piece.length;
  }

  #read(line: Uint8Array): void {
    const text = new TextDecoder().decode(line);
    if (text === this.endLine) this.#hasEnded = true;
    const access = parseAccess(text);
    if (access === undefined) return;
    const { permission, value } = access;
    // Deno checks some of them twice, and the bootstrap has given them back.
    const isOwn = permission === "net" && value === `unix:${this.#socket}`;
    if (isOwn) this.#hasStarted = true;
    else if (this.#hasStarted && value !== this.#socket && !this.#isSetting(access)) {
      this.#add(access);
    }
  }

  /** Whether it is the bootstrap that sets a variable. */
  #isSetting({ permission, value }: Access): boolean {
    return permission === "env" && value !== null && this.#handedOver.delete(value);
  }

  #add({ permission, value }: Access): void {
    const key = value === null ? permission : `${permission} ${value}`;
    if (this.#accesses.has(key)) return;
    const characters = value?.length ?? 0;
    if (this.#accesses.size >= MAX_ACCESSES || this.#characters + characters > MAX_CHARACTERS) {
      this.#isComplete = false;
      return;
    }
    this.#characters += characters;
    this.#accesses.set(key, { permission, value });
  }
}

/** One line -> the access it tells of, or undefined where it is none. */
function parseAccess(line: string): Access | undefined {
  let found: unknown;
  try {
    found = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof found !== "object" || found === null) return undefined;
  const { v, permission, value } = found as Record<string, unknown>;
  const kind = KINDS.find((known) => known === permission);
  if (v !== 1 || kind === undefined) return undefined;
  if (value === null) return { permission: kind, value };
  if (typeof value !== "string") return undefined;
  const text = value.toWellFormed();
  // SECURITY: `fetch` and WebSocket are told with their whole URL, whose path may be a secret, and then
  // by host and port, which is what a grant is about (tests/e2e/audit_test.ts).
  if (kind === "net" && text.includes("://")) return undefined;
  return { permission: kind, value: kind === "import" ? hostOfUrl(text) : text };
}

/** The host of a module's URL, with its port unless that is the usual one; else the text as it is. */
function hostOfUrl(text: string): string {
  const url = URL.parse(text);
  return url === null || url.host === "" ? text : url.host;
}
