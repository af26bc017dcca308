/**
 * Builds `dist/`: the command line as a few JavaScript files, which start faster than the sources, and
 * what its children read beside them. The folder works wherever it is put.
 *
 * `deno task build [FOLDER]`; with `--compile`, also one file that needs no sources: FOLDER/dicode.
 * The bundler is the one that Deno brings (`deno bundle`); the same sources give the same files.
 *
 * It makes a file of its own of all modules that the same entries load, and everything that loads on
 * demand is an entry. Some of these are told to load another one first (TOGETHER): then the modules of
 * that one are a few files, where they would be forty, each to be found, read and compiled.
 */

import { statOf } from "../runtime/paths.ts";
import { findCycle, markEager } from "./eager.ts";
import { printHelp } from "./help.ts";

const ROOT = new URL("..", import.meta.url).pathname;

/** What of an earlier build is removed; nothing else in its folder is touched. */
const BUILT = /\.js$|^sdk$|^survey_code$/;

/** BUILD of runtime/own_files.ts, as the bundler writes it. */
const NO_BUILD = /^(var BUILD = )""/m;

/** HELP_TEXTS of runtime/help_texts.ts, in the same way. */
const NO_HELP = /^(var HELP_TEXTS = )\{\}/m;

/** Entries, by patterns, and what they load first; none of that loads any of them when it starts. */
const TOGETHER = [
  {
    first: ["runtime/begin_run.ts"],
    after: [/^runtime\/carry_out\.ts$/],
  },
  {
    first: ["runtime/carry_out.ts"],
    after: [
      /^runtime\/(?:audit|command_line|config|explain|explain_text|fetch|import_map)\.ts$/,
      /^runtime\/(?:landlock|landlock_probe|origins|preflight|receipt_text|run|task)\.ts$/,
      /^runtime\/commands\/|^store\/providers\/|^store\/cipher\.ts$/,
    ],
  },
  {
    first: ["runtime/commands/run.ts"],
    after: [
      /^runtime\/(?:audit|config|explain|explain_text|fetch|import_map|landlock)\.ts$/,
      /^runtime\/(?:landlock_probe|origins|preflight|receipt_text|task)\.ts$/,
      /^runtime\/commands\/(?:check|doctor)\.ts$|^store\/providers\//,
    ],
  },
  {
    first: ["runtime/commands/secrets_list.ts"],
    after: [/^runtime\/commands\/secrets_(?!list|get)/],
  },
];

async function run(args: readonly string[], cwd = ROOT): Promise<void> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stderr } = await command.output();
  if (code === 0) return;
  console.error(new TextDecoder().decode(stderr));
  Deno.exit(code);
}

async function bundle(from: string, entry: string, to: string): Promise<void> {
  const flags = ["--quiet", "--platform=deno", "--code-splitting"];
  await run(["bundle", ...flags, `--outdir=${to}`, entry], from);
}

/** Copies the sources, where entries that are to load another one first do so. */
async function copySources(to: string): Promise<void> {
  for (const name of ["cli.ts", "deno.json", "deno.lock"]) {
    await Deno.copyFile(ROOT + name, `${to}/${name}`);
  }
  const folders = ["sdk", "store", "runtime"];
  for (const folder of folders) {
    await Deno.mkdir(`${to}/${folder}`);
    for await (const { name, isDirectory } of Deno.readDir(ROOT + folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) folders.push(path);
      if (!path.endsWith(".ts")) continue;
      const firsts = TOGETHER.filter(({ after }) => after.some((pattern) => pattern.test(path)))
        .flatMap(({ first }) => first)
        .map((first) => `\nimport "${"../".repeat(folder.split("/").length)}${first}";\n`);
      await Deno.writeTextFile(
        `${to}/${path}`,
        await Deno.readTextFile(ROOT + path) + firsts.join(""),
      );
    }
  }
}

async function listFiles(folder: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  return names.toSorted().map((name) => `${folder}/${name}`);
}

/** What the bundler leaves to be done for a quick start. */
async function finish(folder: string): Promise<void> {
  const texts = new Map<string, string>();
  for (const path of await listFiles(folder)) {
    if (!path.endsWith(".js")) continue;
    const text = hideImports(markEager(await Deno.readTextFile(path)));
    texts.set(path.slice(folder.length + 1), text);
    await Deno.writeTextFile(path, text);
  }
  const cycle = findCycle(texts);
  if (cycle !== undefined) throw new Error(`files load each other: ${cycle.join(", ")}`);
}

/** Deno reads the files of every literal import() before it starts: see tests/architecture_test.ts. */
function hideImports(text: string): string {
  return text.replaceAll(/\bimport\(("\.\/[^"]+")\)/g, "import(`${$1}`)");
}

/** Ends the program for a folder that holds something, and no build: files of that kind would go. */
function refuseOthers(folder: string, paths: readonly string[]): void {
  const isBuild = ["cli.js", "sdk/bootstrap.js"].every((name) => statOf(`${folder}/${name}`));
  if (paths.length === 0 || isBuild) return;
  console.error(`cannot build into ${folder}: it holds something else than a build`);
  console.error("hint: name a new folder, or empty it");
  Deno.exit(1);
}

/** Puts a digest of all files where the code has an empty one: another build has another. */
async function nameBuild(folder: string): Promise<void> {
  const texts: string[] = [];
  for (const path of await listFiles(folder)) {
    if (path.endsWith(".js")) texts.push(await Deno.readTextFile(path));
  }
  const bytes = new TextEncoder().encode(texts.join("\0"));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  await fillPlace(folder, NO_BUILD, `"${digest}"`);
}

/** Puts a text behind the one match that all files have of the pattern's first group. */
async function fillPlace(folder: string, place: RegExp, filling: string): Promise<void> {
  let places = 0;
  for (const path of await listFiles(folder)) {
    if (!path.endsWith(".js")) continue;
    const text = await Deno.readTextFile(path);
    if (!place.test(text)) continue;
    places++;
    await Deno.writeTextFile(path, text.replace(place, (_, before) => before + filling));
  }
  if (places !== 1) throw new Error(`${place} has ${places} places`);
}

async function build(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const paths = await listFiles(folder);
  refuseOthers(folder, paths);
  for (const path of paths) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (BUILT.test(name)) await Deno.remove(path, { recursive: true });
  }
  const copy = await Deno.makeTempDir();
  try {
    await copySources(copy);
    await bundle(copy, "cli.ts", folder);
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
  await finish(folder);
  const help = await printHelp(`${folder}/cli.js`);
  await fillPlace(folder, NO_HELP, JSON.stringify(help, undefined, 2));
  await nameBuild(folder);
  await bundle(ROOT, "sdk/bootstrap.ts", `${folder}/sdk`);
  await Deno.mkdir(`${folder}/survey_code`);
  for (const path of await listFiles(`${ROOT}runtime/survey_code`)) {
    await Deno.copyFile(path, `${folder}/survey_code/${path.slice(path.lastIndexOf("/") + 1)}`);
  }
}

async function compile(folder: string): Promise<void> {
  const chunks = (await listFiles(folder)).filter((path) => path.endsWith(".js"));
  const included = [...chunks, `${folder}/sdk`, `${folder}/survey_code`];
  await run([
    ...["compile", "--quiet", "--no-prompt", "--no-config", "-A"],
    ...included.map((path) => `--include=${path}`),
    `--output=${folder}/dicode`,
    `${folder}/cli.js`,
  ]);
}

const [given] = Deno.args.filter((arg) => arg !== "--compile");
const folder = given === undefined
  ? `${ROOT}dist`
  : given.startsWith("/")
  ? given
  : `${Deno.cwd()}/${given}`;
await build(folder);
if (Deno.args.includes("--compile")) await compile(folder);
