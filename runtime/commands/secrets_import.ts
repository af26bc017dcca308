/** `dicode secrets import`: the keys of a `.env` or JSON file, all of them or none. */
import { DicodeError } from "../../sdk/errors.ts";
import type { Change } from "../../store/compare.ts";
import { quoteShell, quoteWhole } from "../../store/quote.ts";
import { openStore, secretsExist, type SecretStore } from "../../store/secrets.ts";
import { type Host, showControls } from "../host.ts";
import { type ImportFile, othersRead, readImportFile } from "../import_file.ts";
import { openProgress } from "../progress.ts";
import type { ImportFlags } from "../secrets_tree.ts";
import { writeStore } from "../store_write.ts";
import { confirm } from "../terminal.ts";

/** So many lines of a list are shown; a dry run shows all. */
const LISTED = 50;

/** Thrown where the person said no. */
class Declined extends Error {}

export async function secretsImport(
  host: Host,
  flags: ImportFlags,
  path: string,
): Promise<number> {
  const file = await readImportFile(host, path);
  try {
    return await importFile(host, flags, file, path);
  } catch (error) {
    // SECURITY: no message of ours holds a value; one that was not foreseen is masked
    // (tests/unit/runtime/secrets_import_test.ts). Not before: 10,000 patterns take seconds to build.
    const unforeseen = !(error instanceof DicodeError || error instanceof Declined);
    if (unforeseen) { for (const { value } of file.entries) host.masker.conceal(value); }
    if (!(error instanceof Declined)) throw error;
    host.say("cancelled: nothing was stored");
    return 130;
  }
}

async function importFile(
  host: Host,
  flags: ImportFlags,
  file: ImportFile,
  path: string,
): Promise<number> {
  sayDoubts(host, file, flags.dryRun ? Infinity : LISTED);
  const values = new Map(file.entries.map(({ key, value }) => [key, value]));
  if (values.size === 0) {
    host.say(`nothing was stored: ${quoteWhole(file.name)} has no values`);
    return 0;
  }
  if (flags.dryRun) {
    using store = openStore({ dataDir: host.dataDir, env: host.env });
    const changes = await store.compare(values);
    await host.print(formatChanges(changes));
    host.say(`nothing was stored; it would be ${summarize(changes)}`);
    return 0;
  }
  const agreed = new Set<string>();
  let changes = new Map<string, Change>();
  await writeStore(host, flags.takeOver, async (store) => {
    changes = await store.compare(values);
    if (!flags.overwrite) await agree(host, changes, agreed, path);
    await storeValues(store, values, changes, flags.overwrite ? "all" : agreed);
  });
  host.say(`imported ${summarize(changes)}`);
  if (file.mode !== undefined) sayPlain(host, path, file.mode);
  return 0;
}

/** Asks whether what is stored with another value may be replaced; once for each key. */
async function agree(
  host: Host,
  changes: ReadonlyMap<string, Change>,
  agreed: Set<string>,
  path: string,
): Promise<void> {
  const changed = keysOf(changes, "changed").filter((key) => !agreed.has(key));
  if (changed.length === 0) return;
  const count = changed.length === 1 ? "1 of the keys is" : `${changed.length} of the keys are`;
  host.say(`${count} stored with another value:`);
  sayList(host, changed.map((key) => JSON.stringify(key)), LISTED);
  if (path === "-" || !host.isTerminal("stdin") || !host.isTerminal("stderr")) {
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

function sayDoubts(host: Host, { name, entries, empty }: ImportFile, limit: number): void {
  if (empty.length > 0) {
    host.warn(`${empty.length === 1 ? "1 key is" : `${empty.length} keys are`} left out: no value`);
    sayList(host, empty.map(({ key, line }) => `${name}:${line}: ${JSON.stringify(key)}`), limit);
  }
  const doubtful = entries.filter(({ doubts }) => doubts.length > 0);
  if (doubtful.length === 0) return;
  const values = doubtful.length === 1 ? "1 value" : `${doubtful.length} values`;
  host.warn(`${values} may mean something else to another tool; see how dicode reads them:`);
  const lines = doubtful.flatMap(({ key, line, doubts }) =>
    doubts.map((doubt) => `${name}:${line}: ${JSON.stringify(key)}: ${doubt}`)
  );
  sayList(host, lines, limit);
}

function sayList(host: Host, lines: readonly string[], limit: number): void {
  for (const line of lines.slice(0, limit)) host.say(`| ${line}`);
  if (lines.length > limit) host.say(`| and ${lines.length - limit} more: --dry-run lists all`);
}

/** The file is still there, in plain text. */
function sayPlain(host: Host, path: string, mode: number): void {
  const word = quoteShell(path.startsWith("-") ? `./${path}` : path);
  if (othersRead(mode)) {
    const found = (mode & 0o777).toString(8).padStart(3, "0");
    host.warn(`other users of this machine may read ${word}: its mode is ${found}`);
  }
  const remove = Deno.build.os === "linux" ? `shred -u ${word}` : `rm ${word}`;
  host.hint(`the values are still in that file; when nothing else reads it: ${remove}`);
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
