/** `dicode secrets set`: the value from the argument, a file, a hidden prompt or standard input. */
import { UsageError } from "../../sdk/errors.ts";
import { checkSecretKey, checkSecretValue, MAX_VALUE_BYTES } from "../../store/rules.ts";
import type { SetFlags } from "../secrets_tree.ts";
import type { Host } from "../host.ts";
import { resolvePath } from "../paths.ts";
import { readAll } from "../../store/read_all.ts";
import { writeStore } from "../store_write.ts";
import { Cancelled, promptHidden } from "../terminal.ts";

/** Under this a value is too common in output to be masked without harm. */
const SHORT_BYTES = 4;

export async function secretsSet(
  host: Host,
  flags: SetFlags,
  key: string,
  argument?: string,
): Promise<number> {
  checkSecretKey(key);
  let value: string;
  try {
    value = await readValue(host, flags, key, argument);
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    host.say("cancelled: nothing was stored");
    return 130;
  }
  checkSecretValue(value);
  const isShort = new TextEncoder().encode(value).length < SHORT_BYTES;
  // A short one would be hidden in our own words, and so be told: `stor***d`.
  if (!isShort) host.masker.conceal(value);
  await writeStore(host, flags.takeOver, (store) => store.set(key, value));
  host.say(`stored ${JSON.stringify(key)}`);
  if (isShort) {
    host.warn(`a value of under ${SHORT_BYTES} bytes is masked wherever it appears by chance`);
  }
  return 0;
}

async function readValue(
  host: Host,
  flags: SetFlags,
  key: string,
  argument: string | undefined,
): Promise<string> {
  if (flags.fromFile !== undefined) {
    if (argument !== undefined) {
      throw new UsageError("usage", "cannot take the value from --from-file and from an argument");
    }
    if (flags.fromFile === "-") {
      throw new UsageError("usage", 'cannot read "-": --from-file takes the path of a file', {
        hint: "leave the flag out: standard input is read without it",
      });
    }
    return await readFile(resolvePath(host.cwd, flags.fromFile));
  }
  if (argument !== undefined) return argument;
  // `secrets set token=value` would show the value in the prompt, and in the list of names.
  if (key.includes("=")) {
    throw new UsageError("usage", "cannot tell the key from the value: they are two arguments", {
      hint: "dicode secrets set KEY, then the value at the prompt",
    });
  }
  if (host.isTerminal("stdin")) {
    return await promptHidden(`dicode: value of ${JSON.stringify(key)} (hidden)`);
  }
  return await readValueOf(Deno.stdin.readable);
}

async function readFile(path: string): Promise<string> {
  try {
    // A stream, since it may be a pipe (`--from-file <(command)`) or have no end.
    const file = await Deno.open(path);
    return await readValueOf(file.readable);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const found = cause instanceof Deno.errors.NotFound
      ? "there is no such file"
      : cause instanceof Deno.errors.IsADirectory
      ? "it is a folder"
      : "not readable";
    throw new UsageError("usage", `cannot read ${JSON.stringify(path)}: ${found}`, { cause });
  }
}

async function readValueOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const bytes = await readAll(stream, MAX_VALUE_BYTES + "\r\n".length);
  if (bytes !== undefined) return decodeValue(bytes);
  throw new UsageError("secret_value_invalid", "cannot store that value: it is over 1 MiB", {
    hint: "store the key that opens it instead, and keep the data itself in a file",
  });
}

/** Text without one line feed at its end; every other byte is kept. */
function decodeValue(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.replace(/\r?\n$/, "");
  } catch {
    throw new UsageError("secret_value_invalid", "cannot store that value: it is not UTF-8 text", {
      hint: "encode it first, as base64 FILE | dicode secrets set KEY",
    });
  }
}
