/** An explanation in lines for people, and as the document of `--explain --json`. Pure. */
import type { Explanation } from "./explain.ts";
import { showControls } from "./host.ts";
import { formatJsonLine } from "./json_line.ts";
import { findMissing, formatOrigin } from "./origins.ts";

const WALLS = {
  bwrap: "bwrap: nothing exists for the task but what is listed here, and the system",
  landlock: "landlock: nothing can be opened but what is listed here, and the system",
  deno: "deno: Deno's permissions alone, no wall of the kernel's",
};

export function formatExplanation(explanation: Explanation): string {
  const { params, net, fs, limits, timeoutMs, moduleCount, secretsWrite } = explanation;
  const missing = findMissing(explanation.env).length;
  const lacking = missing === 1 ? "1 variable has" : `${missing} variables have`;
  const state = missing > 0 ? `would not run: ${lacking} no value` : "would run";
  const size = (bytes: number) => bytes === 0 ? "none" : formatBytes(bytes);
  const count = (number: number) => number === 0 ? "none" : String(number);
  const lines = [
    ["folder", [explanation.dir]],
    ["code", [moduleCount === 1 ? "1 module" : `${moduleCount} modules`]],
    ["fetched before it, where not there already", explanation.fetched],
    ["isolation", [WALLS[explanation.walls]]],
    ["time limit", [timeoutMs === 0 ? "none" : `${timeoutMs / 1000}s`]],
    ["limits", [
      `memory ${size(limits.memoryBytes)}`,
      `files ${count(limits.files)}`,
      `processes ${count(limits.processes)}`,
      `file ${size(limits.fileBytes)}`,
      `output ${size(limits.outputBytes)}`,
    ]],
    ["parameters", params.map(({ name, from }) => `${name} (${from ?? "not given"})`)],
    ["input", explanation.hasInput ? ["given"] : []],
  ] as const;
  const grants = [
    ["net", net.map(formatHost)],
    ["read", fs.filter(({ read }) => read).map(formatPath)],
    ["write", fs.filter(({ write }) => write).map(formatPath)],
    ["run", explanation.run],
    ["sys", explanation.sys],
    ["import", explanation.import],
    ["modules", explanation.modules],
    ["secrets_write", secretsWrite === true ? ["every key"] : secretsWrite || []],
  ] as const;
  const variables = explanation.env.length > 0
    ? `  variables:\n${explanation.env.map((origin) => `  ${formatOrigin(origin)}`).join("")}`
    : "  variables: none\n";
  const format = ([name, values]: readonly [string, readonly string[]]) =>
    `  ${name}: ${values.join(", ") || "none"}\n`;
  const shown = `${explanation.task}: ${state}\n` +
    lines.filter(([name, values]) => values.length > 0 || name === "input").map(format).join("") +
    variables + grants.map(format).join("");
  return shown.split("\n").map(showControls).join("\n");
}

/** The document, with a line feed at its end. */
export function formatExplanationDocument(explanation: Explanation): string {
  const { limits } = explanation;
  return formatJsonLine({
    version: 1,
    task: explanation.task,
    dir: explanation.dir,
    would_run: findMissing(explanation.env).length === 0,
    module_count: explanation.moduleCount,
    fetched: explanation.fetched,
    isolation: explanation.walls,
    timeout_ms: explanation.timeoutMs,
    limits: {
      memory_bytes: limits.memoryBytes,
      files: limits.files,
      processes: limits.processes,
      file_bytes: limits.fileBytes,
      output_bytes: limits.outputBytes,
    },
    params: explanation.params,
    input: explanation.hasInput,
    env: explanation.env,
    net: explanation.net,
    fs: explanation.fs,
    run: explanation.run,
    sys: explanation.sys,
    import: explanation.import,
    modules: explanation.modules,
    secrets_write: explanation.secretsWrite,
  });
}

function formatHost(host: string): string {
  if (host === "*") return "every host but loopback, link-local and metadata addresses";
  return /:\d+$/.test(host) ? host : `${host} (every port)`;
}

function formatPath({ declared, path, made }: Explanation["fs"][number]): string {
  return `${path}${declared === path ? "" : ` (${declared})`}${made ? " (would be made)" : ""}`;
}

function formatBytes(bytes: number): string {
  for (const [unit, factor] of [["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 2 ** 10]] as const) {
    if (bytes % factor === 0) return `${bytes / factor} ${unit}`;
  }
  return `${bytes} bytes`;
}
