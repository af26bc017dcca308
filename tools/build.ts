/**
 * Builds `dist/`: the command line as a few JavaScript files, which start faster than the sources, and
 * what its children read beside them. The folder works wherever it is put.
 *
 * `deno task build [FOLDER]`; with `--compile`, also one file that needs no sources: FOLDER/dicode.
 * The bundler is the one that Deno brings (`deno bundle`); the same sources give the same files.
 */

import { statOf } from "../runtime/paths.ts";

const ROOT = new URL("..", import.meta.url).pathname;

/** What of an earlier build is removed; nothing else in its folder is touched. */
const BUILT = /\.js$|^sdk$|^survey_code$/;

/** BUILD of runtime/own_files.ts, as the bundler writes it. */
const NO_BUILD = /^(var BUILD = )""/m;

async function run(args: readonly string[]): Promise<void> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stderr } = await command.output();
  if (code === 0) return;
  console.error(new TextDecoder().decode(stderr));
  Deno.exit(code);
}

async function bundle(entry: string, to: string): Promise<void> {
  await run(["bundle", "--quiet", "--platform=deno", "--code-splitting", `--outdir=${to}`, entry]);
}

async function listFiles(folder: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  return names.toSorted().map((name) => `${folder}/${name}`);
}

/** Deno reads the files of every literal import() before it starts: see tests/architecture_test.ts. */
async function hideImports(folder: string): Promise<void> {
  for (const path of await listFiles(folder)) {
    if (!path.endsWith(".js")) continue;
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(
      path,
      text.replaceAll(/\bimport\(("\.\/[^"]+")\)/g, "import(`${$1}`)"),
    );
  }
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
  let places = 0;
  for (const path of await listFiles(folder)) {
    if (!path.endsWith(".js")) continue;
    const text = await Deno.readTextFile(path);
    if (!NO_BUILD.test(text)) continue;
    places++;
    await Deno.writeTextFile(path, text.replace(NO_BUILD, `$1"${digest}"`));
  }
  if (places !== 1) throw new Error(`the digest of the build has ${places} places`);
}

async function build(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const paths = await listFiles(folder);
  refuseOthers(folder, paths);
  for (const path of paths) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (BUILT.test(name)) await Deno.remove(path, { recursive: true });
  }
  await bundle("cli.ts", folder);
  await hideImports(folder);
  await nameBuild(folder);
  await bundle("sdk/bootstrap.ts", `${folder}/sdk`);
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
