/**
 * A folder with one file for each secret (Docker, Kubernetes, systemd), or one file with several, as
 * a provider. It reads and never writes.
 *
 * SECURITY: a key is one name in the folder, never a path: tests/providers/file_test.ts. Links are
 * followed, since a Kubernetes volume is made of them; who may write in the folder decides over
 * the secrets in any case.
 */
import type { OptionFault, ProviderContext } from "../kinds.ts";
import { mapLimited } from "../limiter.ts";
import { memberProvider, openPlainFile } from "../member_file.ts";
import { MEMBER_FORMATS } from "../members.ts";
import { nameOf, naming, option, type OptionsOf } from "../options.ts";
import { type Diagnosis, type Provider, Secret } from "../provider.ts";
import { type Exposure, findPlace } from "../secret_file.ts";
import { isFileName, isPathBelow, listNames, readEntry } from "../secret_folder.ts";

/** What dicode.yaml may say of it. */
export const OPTIONS = {
  // No task is granted either: they hold the secrets of others.
  dir: { ...option.path("the folder with one file for each key"), credential: "file" },
  file: { ...option.path("in place of `dir`: one file with several keys"), credential: "file" },
  format: option.choice(MEMBER_FORMATS, "how `file` is written", {
    default: "`json` if it begins with `{` or its name ends in `.json`, else `dotenv`",
  }),
  trim: option.choice(
    ["newline", "none", "whitespace"],
    "what is cut at the end of a file in `dir`; `whitespace`: at both ends",
    { default: "newline" },
  ),
  lowercase: option.flag("whether a name is the key in lower case", { default: "false" }),
  ...naming("the name of a file in `dir`, or the name in `file`"),
} as const;

/** How many files are read at once. */
const MOST_AT_ONCE = 8;

type Options = OptionsOf<typeof OPTIONS>;

/** One of `dir` and `file`, with the options that go with it. */
export function validate({ dir, file, format, trim, map = {} }: Options): OptionFault[] {
  if (dir === undefined && file === undefined) {
    return [{ state: 'it has neither "dir" nor "file"', hint: "dir: /run/secrets" }];
  }
  if (dir !== undefined && file !== undefined) {
    const hint = "write a second entry of type file, with a name of its own";
    return [{ option: "file", state: 'it has both "dir" and "file"', hint }];
  }
  const faults: OptionFault[] = [];
  if (dir !== undefined && format !== undefined) {
    faults.push({ option: "format", state: '"format" goes with "file", not with "dir"' });
  }
  if (file !== undefined && trim !== undefined) {
    faults.push({ option: "trim", state: '"trim" goes with "dir", not with "file"' });
  }
  if (dir !== undefined && !Object.values(map).every(isPathBelow)) {
    const state = '"map" has a name that leads out of "dir"';
    faults.push({ option: "map", state, hint: "write names below it, such as db/password" });
  }
  return faults;
}

/** Opens one; files are read when it is asked. */
export function open(name: string, options: Options, context: ProviderContext): Provider {
  const { dir, file, lowercase = false, prefix = "" } = options;
  const toName = (key: string) => {
    const { name, mapped } = nameOf(options, key);
    return lowercase && !mapped ? prefix + key.toLowerCase() : name;
  };
  if (file !== undefined) {
    const load = () => openPlainFile(name, file, context.env, options.format);
    return memberProvider(name, toName, load, context.note);
  }
  const place = () => findPlace(name, dir ?? "", context.env);
  return {
    name,
    offers: (key) => nameOf(options, key).mapped || isFileName(toName(key)),
    async get(keys, signal) {
      const folder = place();
      const found = new Map<string, Secret>();
      const exposures: Exposure[] = [];
      const read = (key: string) => readEntry(name, folder, toName(key));
      const entries = await mapLimited(keys, MOST_AT_ONCE, signal, read);
      for (const [at, key] of keys.entries()) {
        const entry = entries[at];
        if (entry === undefined) continue;
        if (entry.exposure !== undefined) exposures.push(entry.exposure);
        found.set(key, new Secret(trim(entry.text, options.trim)));
      }
      for (const { found, hint } of sumUp(exposures)) {
        context.note?.(`provider "${name}": ${found}; ${hint}`);
      }
      return found;
    },
    async diagnose() {
      const folder = place();
      const names = await listNames(name, folder);
      const exposures: Exposure[] = [];
      for (const each of names) {
        const entry = await readEntry(name, folder, each);
        if (entry?.exposure !== undefined) exposures.push(entry.exposure);
      }
      const found = names.length === 1 ? "it holds 1 file" : `it holds ${names.length} files`;
      return [{ what: "readable", state: "ok", found }, ...sumUp(exposures)];
    },
  };
}

/** One warning for all files. */
function sumUp([first, ...more]: readonly Exposure[]): Diagnosis[] {
  if (first === undefined) return [];
  const found = more.length === 0 ? first.found : `${first.found}, and ${more.length} more`;
  return [{ what: "modes", state: "warning", found, hint: first.hint }];
}

function trim(text: string, how: Options["trim"] = "newline"): string {
  if (how === "none") return text;
  return how === "whitespace" ? text.trim() : text.replace(/\r?\n$/, "");
}
