/**
 * A program as `exec` runs it: what dicode.yaml says of it, and where that says nothing, what its
 * preset says.
 */
import type { OptionFault } from "../kinds.ts";
import type { Preset } from "./preset.ts";
import { type PresetName, presetOf } from "./presets.ts";

/** The options that decide over the program. */
export interface ProgramOptions {
  readonly preset?: PresetName;
  readonly command?: readonly string[];
  readonly mode?: "value" | "json";
  readonly file?: string;
  readonly first_line?: boolean;
  readonly not_found_exit?: readonly number[];
  readonly not_found_stderr?: string;
  readonly pass_env?: readonly string[];
  readonly credential_env?: readonly string[];
  readonly prefix?: string;
  readonly map?: Readonly<Record<string, string>>;
  readonly stdin_env?: string;
  readonly stdin_file?: string;
  readonly stdin_secret?: string;
}

/** A program, and how its answers are read. */
export interface Program {
  /** The argument vector, with `{key}` and `{file}` in it. */
  readonly command: readonly string[];
  /** Whether dicode.yaml says nothing of it: then it holds nothing that no message may show. */
  readonly isKnown: boolean;
  /** What stands for `{file}`. */
  readonly file: string;
  readonly lines: "all" | "first" | "one";
  readonly notFoundExit: readonly number[];
  readonly notFoundStderr: RegExp | undefined;
  /** Variables of the host's that it gets, and which of them hold credentials. */
  readonly pass: readonly string[];
  readonly credentials: readonly string[];
  /** The preset, or one that says nothing. */
  readonly preset: Partial<Preset>;
}

/** The exit code that means "not found" where nothing else is said: that of macOS's `security`. */
export const NOT_FOUND_EXIT: readonly number[] = [44];

/** What the options come to; they have passed findFaults(). */
export function makeProgram(options: ProgramOptions): Program {
  const preset: Partial<Preset> = presetOf(options.preset) ?? {};
  const lines = options.first_line
    ? "first"
    : options.first_line === false && preset.lines === "first"
    ? "all"
    : preset.lines ?? "all";
  const stderr = options.not_found_stderr ?? preset.notFoundStderr;
  const credentials = [...preset.credentials ?? [], ...options.credential_env ?? []];
  return {
    command: options.command ?? preset.command ?? [],
    isKnown: options.command === undefined,
    file: options.file ?? preset.file ?? "",
    lines,
    notFoundExit: options.not_found_exit ?? preset.notFoundExit ?? NOT_FOUND_EXIT,
    notFoundStderr: stderr === undefined ? undefined : new RegExp(stderr),
    pass: [...preset.env ?? [], ...options.pass_env ?? [], ...credentials],
    credentials,
    preset,
  };
}

/** A text of the command's, or of the file's, for one name. Nothing in the name is filled in again. */
export function fill(text: string, key: string, file = ""): string {
  return text.replace(/\{(key|file)\}/g, (_, what) => what === "key" ? key : fill(file, key));
}

/** What is wrong with the options together. */
export function findFaults(options: ProgramOptions): OptionFault[] {
  const { preset, command, mode = "value" } = options;
  if (command === undefined && preset === undefined) {
    const hint = 'write command: ["PROGRAM", "{key}"], or preset: pass';
    return [{ state: 'it has neither "command" nor "preset"', hint }];
  }
  const faults = mode === "json" ? findJsonFaults(options) : findValueFaults(options);
  const argv = command ?? presetOf(preset)?.command ?? [];
  const usesFile = argv.some((text) => text.includes("{file}"));
  if (options.file !== undefined && !usesFile) {
    faults.push({ option: "file", state: 'nothing in its command is "{file}"' });
  }
  if (usesFile && (options.file ?? presetOf(preset)?.file) === undefined) {
    faults.push({ state: 'its command has "{file}", and it has no "file"', hint: "write file: …" });
  }
  return command === undefined ? faults : [...findProgramFaults(command), ...faults];
}

function findProgramFaults([program = ""]: readonly string[]): OptionFault[] {
  const fault = (state: string) => [{
    option: "command",
    state,
    hint: "begin it with the name of a program on PATH, or with an absolute path",
  }];
  if (program === "") return fault("its command names no program");
  if (/\{(?:key|file)\}/.test(program)) return fault("its program is not the same for all keys");
  // SECURITY: such a path begins where dicode is run, and that may be anybody's folder:
  // tests/providers/exec_config_test.ts.
  if (program.includes("/") && !/^(?:~|\$\w+|\$\{\w+\})?\//.test(program)) {
    return fault("the path of its program is relative");
  }
  return [];
}

function findValueFaults(options: ProgramOptions): OptionFault[] {
  const { preset, command, prefix = "", map } = options;
  const faults: OptionFault[] = [];
  if (command !== undefined && !command.some((text) => text.includes("{key}"))) {
    faults.push({
      option: "command",
      state: 'nothing in its command is "{key}", so each key would get the same value',
      hint: 'add "{key}", or write mode: json for a program that reads the keys from its input',
    });
  }
  const needs = command === undefined ? presetOf(preset)?.needs : undefined;
  const { stdin_env, stdin_file, stdin_secret } = options;
  if (needs === "file and stdin" && (stdin_env ?? stdin_file ?? stdin_secret) === undefined) {
    faults.push({
      state: "it has no password for the database",
      hint: "write stdin_secret, stdin_file or stdin_env",
    });
  }
  if (needs === "names" && map === undefined && !prefix.startsWith("op://")) {
    faults.push({
      state: 'it has neither "map" nor a "prefix" that begins with op://',
      hint: "write map: { KEY: op://VAULT/ITEM/FIELD }",
    });
  }
  return faults;
}

function findJsonFaults(options: ProgramOptions): OptionFault[] {
  const faults: OptionFault[] = [];
  const of = ["preset", "not_found_exit", "not_found_stderr", "first_line"] as const;
  for (const option of [...of, "stdin_env", "stdin_file", "stdin_secret"] as const) {
    if (options[option] === undefined) continue;
    faults.push({ option, state: `"${option}" means nothing in mode: json`, hint: "remove it" });
  }
  if (options.command?.some((text) => text.includes("{key}"))) {
    faults.push({
      option: "command",
      state: 'its command has "{key}", and in mode: json all keys are asked for at once',
      hint: 'remove "{key}", or "mode: json"',
    });
  }
  return faults;
}
