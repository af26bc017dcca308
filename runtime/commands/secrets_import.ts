/** `dicode secrets import`: the keys of a `.env` or JSON file, all of them or none. */
import { quoteShell, quoteWhole } from "../../store/quote.ts";
import type { Host } from "../host.ts";
import { type ImportFile, readImportFile } from "../import_file.ts";
import { LISTED, mergeSecrets, sayList } from "../merge.ts";
import { othersRead } from "../read_given.ts";
import type { ImportFlags } from "../secrets_tree.ts";

export async function secretsImport(
  host: Host,
  flags: ImportFlags,
  path: string,
): Promise<number> {
  const file = await readImportFile(host, path);
  sayDoubts(host, file, flags.dryRun ? Infinity : LISTED);
  const values = new Map(file.entries.map(({ key, value }) => [key, value]));
  if (values.size === 0) {
    host.say(`nothing was stored: ${quoteWhole(file.name)} has no values`);
    return 0;
  }
  const end = await mergeSecrets(host, flags, {
    values,
    done: "imported",
    fromStdin: path === "-",
  });
  if (end === "declined") return 130;
  if (end === "stored" && file.mode !== undefined) sayPlain(host, path, file.mode);
  return 0;
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
