/**
 * Many values into the store at once, by a command: what would change, a question before anything is
 * replaced, all of them or none.
 */
import { DicodeError } from "../sdk/errors.ts";
import type { Change } from "../store/compare.ts";
import { openStore, secretsExist, type SecretStore } from "../store/secrets.ts";
import { type Host, showControls } from "./host.ts";
import { openProgress } from "./progress.ts";
import { writeStore } from "./store_write.ts";
import { confirm } from "./terminal.ts";

/** So many lines of a list are shown; a dry run shows all. */
export const LISTED = 50;

/** Flags of the commands that merge. */
export interface MergeFlags {
  readonly dryRun?: boolean;
  readonly overwrite?: boolean;
  readonly takeOver?: boolean;
}

/** What is to be stored. */
export interface Merge {
  /** Keys and values that keep the rules of secrets. */
  readonly values: ReadonlyMap<string, string>;
  /** What was done to them in the end, such as `imported`. */
  readonly done: string;
  /** Whether they came by standard input, where no answer comes from then. */
  readonly fromStdin: boolean;
}

/** Thrown where the person said no. */
class Declined extends Error {}

/**
 * Stores the values, or lists what that would change.
 *
 * @returns "declined", which was said, if the person does not want anything to be replaced.
 * @throws {UsageError} secret_exists: there is nobody to ask; what SecretStore throws.
 */
export async function mergeSecrets(
  host: Host,
  flags: MergeFlags,
  merge: Merge,
): Promise<"stored" | "tried" | "declined"> {
  try {
    await (flags.dryRun ? tryMerge(host, merge) : storeMerge(host, flags, merge));
    return flags.dryRun ? "tried" : "stored";
  } catch (error) {
    // SECURITY: no message of ours holds a value; one that was not foreseen is masked
    // (tests/unit/runtime/secrets_import_test.ts). Not before: 10,000 patterns take seconds to build.
    const unforeseen = !(error instanceof DicodeError || error instanceof Declined);
    if (unforeseen) { for (const value of merge.values.values()) host.masker.conceal(value); }
    if (!(error instanceof Declined)) throw error;
    host.say("cancelled: nothing was stored");
    return "declined";
  }
}

/** Says lines of a list, the first of them at least. */
export function sayList(host: Host, lines: readonly string[], limit: number): void {
  for (const line of lines.slice(0, limit)) host.say(`| ${line}`);
  if (lines.length > limit) host.say(`| and ${lines.length - limit} more: --dry-run lists all`);
}

async function tryMerge(host: Host, { values }: Merge): Promise<void> {
  using store = openStore({ dataDir: host.dataDir, env: host.env });
  const changes = await store.compare(values);
  await host.print(formatChanges(changes));
  host.say(`nothing was stored; it would be ${summarize(changes)}`);
}

async function storeMerge(host: Host, flags: MergeFlags, merge: Merge): Promise<void> {
  const agreed = new Set<string>();
  let changes = new Map<string, Change>();
  await writeStore(host, flags.takeOver, async (store) => {
    changes = await store.compare(merge.values);
    if (!flags.overwrite) await agree(host, changes, agreed, merge.fromStdin);
    await storeValues(store, merge.values, changes, flags.overwrite ? "all" : agreed);
  });
  host.say(`${merge.done} ${summarize(changes)}`);
}

/** Asks whether what is stored with another value may be replaced; once for each key. */
async function agree(
  host: Host,
  changes: ReadonlyMap<string, Change>,
  agreed: Set<string>,
  fromStdin: boolean,
): Promise<void> {
  const changed = keysOf(changes, "changed").filter((key) => !agreed.has(key));
  if (changed.length === 0) return;
  const count = changed.length === 1 ? "1 of the keys is" : `${changed.length} of the keys are`;
  host.say(`${count} stored with another value:`);
  sayList(host, changed.map((key) => JSON.stringify(key)), LISTED);
  if (fromStdin || !host.isTerminal("stdin") || !host.isTerminal("stderr")) {
    throw secretsExist(changed);
  }
  if (!await confirm(`dicode: replace ${changed.length === 1 ? "it" : "them"}?`)) {
    throw new Declined();
  }
  for (const key of changed) agreed.add(key);
}

async function storeValues(
  store: SecretStore,
  values: ReadonlyMap<string, string>,
  changes: ReadonlyMap<string, Change>,
  replace: ReadonlySet<string> | "all",
): Promise<void> {
  using progress = openProgress("encrypted");
  await store.setMany([...values].filter(([key]) => changes.get(key) !== "unchanged"), {
    replace,
    onProgress: (done, total) => progress.show(done, total),
  });
}

function formatChanges(changes: ReadonlyMap<string, Change>): string {
  return [...changes].map(([key, change]) => `${change.padEnd(9)} ${showControls(key)}\n`).join("");
}

function summarize(changes: ReadonlyMap<string, Change>): string {
  const count = (change: Change) => keysOf(changes, change).length;
  const secrets = changes.size === 1 ? "1 secret" : `${changes.size} secrets`;
  return `${secrets} (${count("new")} new, ${count("changed")} changed, ` +
    `${count("unchanged")} unchanged)`;
}

function keysOf(changes: ReadonlyMap<string, Change>, wanted: Change): string[] {
  return [...changes].filter(([, change]) => change === wanted).map(([key]) => key);
}
