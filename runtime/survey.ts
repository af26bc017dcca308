/**
 * Looks at the code of a task without running it: the variables, hosts, paths, programs and keys that
 * its own modules name, each with its place.
 *
 * The parser is Deno's own, in a process that may read what is handed to it and write its answer, and
 * nothing else (survey_code/). Does not trust the code: files are bounded in size, the process in time
 * and memory, and its answer is checked. A survey that cannot be had is no error: it says why.
 */
import { fileUrl, pathOf } from "./paths.ts";
import { type Place, Places } from "./places.ts";
import type { Graph } from "./preflight.ts";
import type { Answer, Mention, Source } from "./survey_code/mention.ts";
import type { Task } from "./task.ts";
import { DENO_MEMORY_BYTES, runTool } from "./tool.ts";

/** Honest code of a task is parsed in under a second. */
const TIME_LIMIT_MS = 10_000;
/** The largest file that is looked at, and how many bytes in all, in UTF-16 units of its text. */
const LARGEST_SOURCE = 1024 * 1024;
const MOST_TEXT = 8 * LARGEST_SOURCE;
/** Of code whose every name is as long as may be. */
const LARGEST_ANSWER_BYTES = 16 * 1024 * 1024;
const NO_ANSWER = "the parser gave no answer that will do";
/** What of the code is read by Deno as code. */
const CODE = /\.(?:[cm]?[jt]s|[jt]sx)$/;

/** How and where the survey runs. */
export interface SurveyOptions {
  readonly denoPath: string;
  /** A cache folder that no task ever writes. */
  readonly denoDir: string;
  /** A folder of the survey's own, which it makes. */
  readonly workDir: string;
  /** Default 10,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A mention, and where it stands. */
export interface FoundMention extends Mention {
  /** The module, by the path that it is imported with. */
  readonly path: string;
  readonly place: Place;
}

/** What the code names. */
export interface Survey {
  readonly mentions: readonly FoundMention[];
  /** Modules that were not looked at, and why: of what they name nothing is known. */
  readonly unseen: readonly { readonly path: string; readonly why: string }[];
}

/** Looks at the local modules of a task. Throws only the reason of `signal`. */
export async function surveyCode(
  task: Task,
  graph: Pick<Graph, "modules">,
  options: SurveyOptions,
): Promise<Survey> {
  const unseen: { path: string; why: string }[] = [];
  const sources: (Source & { readonly path: string })[] = [];
  let length = 0;
  for (const { path, real } of graph.modules) {
    if (!CODE.test(path)) continue;
    const text = await readSource(real);
    const isTooMuch = text !== undefined && (length += text.length) > MOST_TEXT;
    if (text === undefined || isTooMuch) {
      unseen.push({
        path,
        why: text === undefined ? "it is over 1 MiB" : "the code is over 8 MiB",
      });
      continue;
    }
    const dir = path.slice(0, path.lastIndexOf("/")) || "/";
    const name = `code${CODE.exec(path)![0]}`;
    const isEntry = path === task.entry;
    sources.push({ path, name, text, url: fileUrl(path), dir, cwd: task.dir, isEntry });
  }
  const answers = await askChild(sources, options);
  const mentions: FoundMention[] = [];
  for (const [index, { path, text }] of sources.entries()) {
    const answer = typeof answers === "string" ? { failed: answers } : answers[index]!;
    if ("failed" in answer) {
      unseen.push({ path, why: answer.failed });
      continue;
    }
    const places = new Places(text);
    for (const mention of answer.mentions) {
      mentions.push({ ...mention, path, place: places.at(mention.at) });
    }
  }
  return { mentions, unseen };
}

/** The text of a file that the preflight allowed; undefined if it is larger than any that is parsed. */
async function readSource(path: string): Promise<string | undefined> {
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile || size > LARGEST_SOURCE) return undefined;
    const text = await Deno.readTextFile(path);
    return text.startsWith("\ufeff") ? text.slice(1) : text;
  } catch {
    return ""; // gone since it was listed: it names nothing any more
  }
}

/** The answer for each source, in their order; or why there is none. */
async function askChild(
  sources: readonly Source[],
  options: SurveyOptions,
): Promise<readonly Answer[] | string> {
  const { workDir, denoDir, denoPath, timeoutMs = TIME_LIMIT_MS, signal } = options;
  try {
    await Deno.mkdir(workDir, { mode: 0o700 });
    await Deno.writeTextFile(`${workDir}/sources.json`, JSON.stringify(sources));
    const { timedOut, code, signal: killed } = await runTool({
      program: denoPath,
      args: [
        "test",
        "--quiet",
        "--no-prompt",
        "--no-config",
        "--no-lock",
        "--no-check",
        "--no-remote",
        "--no-npm",
        // SECURITY: a parser that hostile code takes over reaches these two files and nothing else
        // (tests/unit/runtime/survey_test.ts).
        `--allow-read=${workDir}/sources.json`,
        `--allow-write=${workDir}/answer.json`,
        fileUrl(await placeChild(workDir)),
        "--",
        workDir,
      ],
      env: { DENO_DIR: denoDir, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      timeoutMs,
      memoryBytes: DENO_MEMORY_BYTES,
      signal,
    });
    if (timedOut) return `the parser took over ${timeoutMs / 1000} s`;
    if (code !== 0) return `the parser ended with ${killed ?? code}`;
    const path = `${workDir}/answer.json`;
    if ((await Deno.stat(path)).size > LARGEST_ANSWER_BYTES) return NO_ANSWER;
    return readAnswers(await Deno.readTextFile(path), sources);
  } catch (error) {
    signal?.throwIfAborted();
    return `the parser cannot be run: ${error instanceof Error ? error.message : "it failed"}`;
  }
}

/** Where the child's code is: beside us, or a copy if we are one compiled file. */
async function placeChild(workDir: string): Promise<string> {
  const folder = new URL("./survey_code/", import.meta.url);
  return Deno.build.standalone
    ? await copySurveyCode(folder, `${workDir}/code`)
    : `${pathOf(folder)}child.ts`;
}

/** Copies the child's code; returns the path of the module to run. */
export async function copySurveyCode(folder: URL, to: string): Promise<string> {
  await Deno.mkdir(to, { mode: 0o700 });
  for await (const { name } of Deno.readDir(folder)) {
    await Deno.writeTextFile(`${to}/${name}`, await Deno.readTextFile(new URL(name, folder)));
  }
  return `${to}/child.ts`;
}

/** Takes nothing from the child but what has the shape of an answer. */
function readAnswers(text: string, sources: readonly Source[]): readonly Answer[] | string {
  const answers: unknown = JSON.parse(text);
  if (!Array.isArray(answers)) return NO_ANSWER;
  return sources.map((source, index): Answer => {
    const answer = answers[index];
    if (typeof answer?.failed === "string") return { failed: firstLine(answer.failed) };
    const isSound = Array.isArray(answer?.mentions) &&
      answer.mentions.every((mention: unknown) => isMention(mention, source));
    return isSound ? { mentions: answer.mentions } : { failed: NO_ANSWER };
  });
}

function isMention(value: unknown, { text }: Source): boolean {
  const { kind, name, at } = (value ?? {}) as Partial<Mention>;
  return typeof kind === "string" && (name === null || typeof name === "string") &&
    Number.isInteger(at) && at! >= 0 && at! <= text.length;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]!.slice(0, 200).replace(/^(SyntaxError: )+/, "");
}
