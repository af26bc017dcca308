/** An HTTP answer that was read whole: status, headers, and a body that is asked for JSON. */
import { readAll } from "./read_all.ts";
import type { ProviderFailure } from "./provider.ts";

/** The most that a body may have, in bytes: 1 MiB. */
export const MOST_BYTES = 1024 * 1024;

/** An answer of a service. */
export class HttpAnswer {
  readonly #bytes: Uint8Array;
  readonly #bad: (state: string) => ProviderFailure;

  /** @param bad makes the failure for a body that is not what it should be; `state` is a clause. */
  constructor(
    readonly status: number,
    readonly headers: Headers,
    bytes: Uint8Array,
    bad: (state: string) => ProviderFailure,
  ) {
    this.#bytes = bytes;
    this.#bad = bad;
  }

  /** Whether the status is 200 to 299. */
  get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  /** The body as text; U+FFFD stands for what is not UTF-8. */
  get text(): string {
    return new TextDecoder().decode(this.#bytes);
  }

  /** Milliseconds of `Retry-After` (RFC 9110, section 10.2.3), from now; undefined without one. */
  get retryAfterMs(): number | undefined {
    const value = this.headers.get("retry-after")?.trim();
    if (value === undefined) return undefined;
    if (/^[0-9]{1,9}$/.test(value)) return Number(value) * 1000;
    const date = Date.parse(value);
    return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
  }

  /** The body as JSON, or undefined for what is none: a page of a proxy's, an empty body. */
  tryJson(): unknown {
    try {
      return parseExactly(new TextDecoder("utf-8", { fatal: true }).decode(this.#bytes));
    } catch {
      return undefined; // what JSON.parse says quotes the body
    }
  }

  /** The body as a JSON object. @throws {ProviderFailure} bad_answer: it is none. */
  json(): Readonly<Record<string, unknown>> {
    const found = this.tryJson();
    if (isObject(found)) return found;
    const text = this.text.trimStart();
    if (found !== undefined) throw this.#bad("its body is not the JSON that was expected");
    throw this.#bad(
      text === ""
        ? "its body is empty"
        : text.startsWith("<")
        ? "its body is HTML, not JSON"
        : "its body is not whole JSON",
    );
  }

  /** The failure for an answer whose JSON is not what the service documents. */
  unexpected(state: string): ProviderFailure {
    return this.#bad(state);
  }
}

/** What JSON.rawJSON() makes of a number's text: JSON.stringify() gives that text again (ES2026). */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** JSON, in which a number that a double cannot give back (20 digits, `1.10`) keeps its text. */
function parseExactly(text: string): unknown {
  return JSON.parse(
    text,
    ((_: string, value: unknown, { source }: { source: string }) =>
      typeof value === "number" && String(value) !== source ? rawJSON(source) : value) as (
        name: string,
        value: unknown,
      ) => unknown,
  );
}

/** Whether a JSON value is an object, and no list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The body, or undefined if it is larger than MOST_BYTES; then the rest is not read. */
export async function readBody(response: Response): Promise<Uint8Array | undefined> {
  return response.body === null ? new Uint8Array() : await readAll(response.body, MOST_BYTES);
}
