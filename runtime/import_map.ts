/**
 * The `imports` of a task's own deno.json -> an import map of the host's own.
 *
 * Deno itself never reads that file: an entry for the bootstrap's URL, or for a module that it
 * imports, would replace them, with the task's secrets at hand. So only bare names are mapped, what
 * else is there is refused, and the map that Deno gets is written here. Of the rest of the file nothing
 * has an effect; what would change in Deno how the code is loaded is warned about.
 */
import { ConfigError, type Problem } from "../sdk/errors.ts";
import { parseJsonc } from "./jsonc.ts";
import { fileUrl } from "./paths.ts";
import { type Fault, quote, Report } from "./report.ts";
import { atField, atFile, reportFault, reportKind } from "./shape.ts";
import { readText } from "./text_file.ts";
import type { YamlMap, YamlNode } from "./yaml_node.ts";

/** Bare names, or beginnings of names that end in "/" -> URLs. */
export type Imports = Readonly<Record<string, string>>;

/** What a task's deno.json says. */
export interface DenoJson {
  /** Undefined if it maps nothing. */
  readonly imports: Imports | undefined;
  readonly warnings: readonly Problem[];
}

const NOTHING: DenoJson = { imports: undefined, warnings: [] };

/** Fields by which Deno loads code in another way, or from elsewhere. */
const IDLE_FIELDS = new Set(
  ("scopes importMap links patch workspace unstable permissions vendor minimumDependencyAge catalog " +
    "catalogs").split(" "),
);
/** Those of `compilerOptions`; the rest is for type checks. */
const IDLE_OPTIONS =
  /^(?:jsx|jsxFactory|jsxFragmentFactory|jsxImportSource|paths|rootDirs|baseUrl|experimentalDecorators|emitDecoratorMetadata)$/;

/**
 * A name with no ":" (that of a URL), no "." or "/" at its beginning (that of a path), and nothing that
 * a URL's reader would skip or decode.
 */
const BARE = /^[\p{L}\p{N}@#~$_][\p{L}\p{N}@#~$_./+-]*$/u;

/** The schemes of URLs that may stand as written. */
const SCHEMES = /^(?:npm|jsr|node|https?):/;

/**
 * Reads deno.json, or deno.jsonc, of a task's folder.
 *
 * @param dir the folder: absolute, links resolved.
 * @param shown the folder as messages name it.
 * @throws {ConfigError} `config_unreadable`, `json_syntax` or `config_invalid`.
 */
export async function loadDenoJson(dir: string, shown: string): Promise<DenoJson> {
  const look = (name: string) => Deno.lstat(`${dir}/${name}`).catch(() => undefined);
  const [json, jsonc] = await Promise.all([look("deno.json"), look("deno.jsonc")]);
  const info = json ?? jsonc;
  if (info === undefined) return NOTHING;
  const name = json ? "deno.json" : "deno.jsonc";
  const file = shown === "." ? name : `${shown}/${name}`;
  // SECURITY: a program of a task with deno.jsonc could add a deno.json for the next run
  // (tests/unit/runtime/import_map_test.ts).
  if (json && jsonc) {
    const message = `cannot tell the imports of ${shown}: it has both deno.json and deno.jsonc`;
    const hint = "remove one of them";
    throw new ConfigError([{ code: "config_invalid", message, hint, where: { file } }]);
  }
  // SECURITY: messages would show what a file elsewhere holds, and a file that a task may write would
  // decide over its next run (tests/unit/runtime/import_map_test.ts).
  if (info.isSymlink) {
    const message = `cannot read ${file}: it is a link`;
    const hint = "put the file itself there";
    throw new ConfigError([{ code: "config_unreadable", message, hint, where: { file } }]);
  }
  return await parseDenoJson(readText(`${dir}/${name}`, file), { dir, file });
}

/**
 * Checks the text of a deno.json. Touches no disk.
 *
 * @param at the task's folder, and the file as messages name it.
 * @throws {ConfigError} `json_syntax` or `config_invalid`, with every mistake.
 */
export async function parseDenoJson(
  text: string,
  at: { readonly dir: string; readonly file: string },
): Promise<DenoJson> {
  // As Deno has it: an empty file says nothing.
  if (text.trim() === "") return NOTHING;
  const root = await parseJsonc(text, at.file);
  const report = new Report(at.file);
  if (root.kind !== "map") reportKind(root, atFile(report), 'fields such as "imports"');
  const map = root.kind === "map" ? root : undefined;
  const entries = map === undefined ? new Map<string, string>() : readImports(map, report, at.dir);
  report.finish();
  if (map !== undefined) warnOfIdle(map, report);
  return {
    imports: entries.size === 0 ? undefined : Object.fromEntries(expand(entries)),
    warnings: report.warnings,
  };
}

function readImports(root: YamlMap, report: Report, dir: string): Map<string, string> {
  const found = new Map<string, string>();
  const fields = root.entries.filter(({ key }) => key === "imports");
  for (const { place } of fields.slice(1)) {
    report.add(place, `cannot read ${report.name}: "imports" is given twice`, "keep one");
  }
  const [field] = fields;
  if (field === undefined) return found;
  const at = atField(atFile(report), "imports");
  if (field.value.kind !== "map") {
    reportKind(field.value, at, "a map from names to modules");
    return found;
  }
  for (const { key, place, value } of field.value.entries) {
    const fault = found.has(key) ? { state: "is given twice", hint: "keep one" } : checkKey(key);
    if (fault !== undefined) {
      reportFault(place, at, fault, { text: key });
      continue;
    }
    found.set(key, readTarget(key, value, report, dir) ?? "");
  }
  return found;
}

/** SECURITY: what is no bare name could stand for a module of ours (tests/e2e/imports_test.ts). */
function checkKey(key: string): Fault | undefined {
  if (BARE.test(key)) return undefined;
  const hint = 'write a name such as "lodash", "@scope/name" or "@/"';
  return { state: "is not a bare name", hint, private: !key.isWellFormed() };
}

function readTarget(
  key: string,
  node: YamlNode,
  report: Report,
  dir: string,
): string | undefined {
  const at = { report, label: `the module of ${quote(key)} in "imports"`, path: undefined };
  if (node.kind !== "scalar" || node.plain) {
    return reportKind(node, at, 'a text such as "./lib.ts" or "npm:name@1.2.3"');
  }
  const target = parseTarget(key, node.text, dir);
  if (typeof target === "string") return target;
  return reportFault(node.place, at, target, { text: node.text });
}

/** The URL that a name stands for. */
function parseTarget(key: string, text: string, dir: string): string | Fault {
  if (!text.isWellFormed() || /\p{Cc}/u.test(text)) {
    return { state: "holds a control character", private: true };
  }
  if (key.endsWith("/") && !text.endsWith("/")) {
    return { state: 'does not end in "/", as its name does', private: true };
  }
  if (/^\.\.?\//.test(text)) {
    // Whether it leads out of the folder is for the preflight, which knows `modules` and links.
    const { href, protocol } = new URL(text, `${fileUrl(dir)}/`);
    return protocol === "file:" ? href : { state: "is not a path" };
  }
  // A URL may hold a credential.
  if (SCHEMES.test(text)) {
    return URL.canParse(text) ? text : { state: "is not a URL", private: true };
  }
  const scheme = /^\s*([a-z][a-z0-9+.-]*):/i.exec(text)?.[1];
  const hint = 'write a path that begins with "./", or one of npm:, jsr:, node:, https:';
  if (scheme !== undefined) {
    return {
      state: `has the scheme ${quote(scheme)}, which is not taken here`,
      hint,
      private: true,
    };
  }
  if (text.startsWith("/")) return { state: "is an absolute path", hint };
  return { state: "is not relative", hint: `write ${quote(`./${text}`)}` };
}

/** As Deno has it for a deno.json: the name of a package stands for its files, too. */
function expand(entries: ReadonlyMap<string, string>): Map<string, string> {
  const expanded = new Map(entries);
  for (const [key, target] of entries) {
    const [, scheme, rest] = /^(npm|jsr):\/?(.*[^/])$/.exec(target) ?? [];
    if (key.endsWith("/") || scheme === undefined || expanded.has(`${key}/`)) continue;
    expanded.set(`${key}/`, `${scheme}:/${rest}/`);
  }
  return expanded;
}

/** One warning for all fields that would change in Deno how the code is loaded. */
function warnOfIdle(root: YamlMap, report: Report): void {
  const idle = root.entries.flatMap(({ key, place, value }) => {
    if (IDLE_FIELDS.has(key)) return [{ name: key, place }];
    if (key === "lock" && namesLock(value)) return [{ name: key, place }];
    if (key !== "compilerOptions" || value.kind !== "map") return [];
    return value.entries.filter(({ key }) => IDLE_OPTIONS.test(key))
      .map((option) => ({ name: `${key}.${option.key}`, place: option.place }));
  });
  if (idle.length === 0) return;
  const names = idle.map(({ name }) => quote(name)).join(", ");
  const verb = idle.length === 1 ? "has" : "have";
  report.warn(idle[0]!.place, `${names} ${verb} no effect: of this file only "imports" is read`);
}

/** Whether a `lock` field names another file than deno.lock. */
function namesLock(value: YamlNode): boolean {
  const path = value.kind === "map"
    ? value.entries.find(({ key }) => key === "path")?.value
    : value;
  return path?.kind === "scalar" && !path.plain && !/^(?:\.\/)?deno\.lock$/.test(path.text);
}
