/**
 * Valid tasks, each as a draft of its task.yaml and as what parseTask() must read from it.
 */
import fc from "fast-check";
import type { Where } from "../../sdk/errors.ts";
import {
  DEFAULT_LIMITS,
  DEFAULT_TIMEOUT_MS,
  type Limits,
  type Param,
  type Task,
} from "../../runtime/task.ts";
import {
  anyText,
  flagWord,
  linesText,
  lineText,
  list,
  literal,
  map,
  maybe,
  ODD_NAMES,
  type Part,
  some,
  text,
} from "./draft_parts.ts";
import { permissions } from "./permission_drafts.ts";
import { CRON, trigger } from "./trigger_drafts.ts";
import { type Draft, writeYaml } from "./yaml_writer.ts";

const DEFAULTS = {
  string: literal,
  number: fc.constantFrom("10", "-1.5", "1e3", ".5"),
  boolean: fc.constantFrom("true", "false"),
  cron: fc.constantFrom(...CRON),
};
type ParamType = keyof typeof DEFAULTS;
const paramBody = fc.constantFrom(...Object.keys(DEFAULTS) as ParamType[]).chain((type) =>
  fc.record({
    initial: maybe(DEFAULTS[type]),
    description: maybe(linesText),
    required: maybe(fc.boolean()),
    type: type === "string" ? maybe(fc.constant(type)) : fc.constant(type),
  })
);
const paramName = fc.oneof(fc.constantFrom(...ODD_NAMES), fc.stringMatching(/^[a-z][\w.-]{0,6}$/));

const params: fc.Arbitrary<Part<Param[]>> = fc.tuple(
  fc.boolean(),
  fc.uniqueArray(
    fc.record({ name: paramName, short: fc.boolean(), literal, body: paramBody }),
    { maxLength: 4, selector: ({ name }) => name },
  ),
).map(([isList, found]) => {
  const parts = found.map(({ name, short, literal, body: { initial, type, ...body } }) => {
    const fields = {
      default: initial === undefined ? undefined : text(initial),
      description: body.description === undefined ? undefined : text(body.description),
      required: flagWord(body.required),
      type: type === undefined ? undefined : text(type),
    };
    const isShort = short && !isList;
    const value = isShort ? text(literal) : map(isList ? { name: text(name), ...fields } : fields);
    const [named, read] = [
      text(name),
      isShort ? { default: literal } : {
        ...some("default", initial),
        ...some("description", body.description),
      },
    ];
    const required = !isShort && (body.required ?? false);
    return {
      entry: [named, value] as const,
      read: (where: (draft: Draft) => Where): Param => ({
        name,
        ...read,
        required,
        type: isShort ? "string" : type ?? "string",
        where: where(isList ? value : named),
      }),
    };
  });
  const entries = parts.map(({ entry }) => entry);
  const draft: Draft = isList ? list(entries.map(([, value]) => value)) : { kind: "map", entries };
  return { draft, read: (where) => parts.map((part) => part.read(where)) };
});

const UNITS = { B: 1, KB: 1000, MB: 1_000_000, KiB: 1024, MiB: 1_048_576, GiB: 1_073_741_824 };
const size = fc.oneof(
  fc.constant({ written: "0", bytes: 0 }),
  fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.constantFrom(...Object.entries(UNITS)))
    .map(([count, [unit, factor]]) => ({ written: `${count}${unit}`, bytes: count * factor })),
);
const LIMIT_FIELDS = {
  memory: "memoryBytes",
  files: "files",
  processes: "processes",
  file: "fileBytes",
  output: "outputBytes",
} as const;
const count = fc.nat(5000).map((bytes) => ({ written: `${bytes}`, bytes }));
const limits = fc.record(
  {
    memory: size,
    files: count.filter(({ bytes }) => bytes === 0 || bytes >= 32),
    processes: count,
    file: size.filter(({ bytes }) => bytes === 0 || bytes >= 1_048_576),
    output: size,
  },
  {
    requiredKeys: [],
  },
).map((found) => {
  const read: Record<string, number> = { ...DEFAULT_LIMITS };
  const fields: Record<string, Draft> = {};
  for (const [name, limit] of Object.entries(found)) {
    fields[name] = text(limit.written);
    read[LIMIT_FIELDS[name as keyof typeof LIMIT_FIELDS]] = limit.bytes;
  }
  return { draft: map(fields), read: read as unknown as Limits };
});

const timeout = fc.tuple(fc.nat(23), fc.nat(59), fc.nat(59), fc.nat(999)).map(([h, m, s, ms]) => ({
  written: [[h, "h"], [m, "m"], [s, "s"], [ms, "ms"]].filter(([n]) => n !== 0).flat().join("") ||
    "0",
  ms: ((h * 60 + m) * 60 + s) * 1000 + ms,
}));
const IDLE = ["apiVersion", "kind", "version", "author", "notify", "tags", "enabled", "test"];

const FILE = "folder/task.yaml";
/** Where the tasks of drafts are said to lie. */
export const AT = { dir: "/tasks/hello", file: FILE, entry: "/tasks/hello/task.ts" };

/** The text of a valid task.yaml, and the task that it is. */
export const taskText: fc.Arbitrary<{ readonly source: string; readonly task: Task }> = fc.record({
  name: maybe(lineText.filter((found) => found.length <= 200)),
  description: maybe(linesText),
  runtime: maybe(fc.constant("deno")),
  timeout: maybe(timeout),
  trigger: maybe(trigger),
  params: maybe(params),
  permissions: maybe(permissions),
  limits: maybe(limits),
  idle: fc.uniqueArray(fc.tuple(fc.constantFrom(...IDLE), anyText), {
    maxLength: 2,
    selector: ([name]) => name,
  }),
  choices: fc.array(fc.nat(11), { maxLength: 40 }),
}).map(({ name, description, runtime, timeout, choices, ...parts }) => {
  const idle = parts.idle.map(([name, value]) => [text(name), text(value)] as const);
  const fields = map({
    name: name === undefined ? undefined : text(name),
    description: description === undefined ? undefined : text(description),
    runtime: runtime && text(runtime),
    timeout: timeout && text(timeout.written),
    trigger: parts.trigger?.draft,
    params: parts.params?.draft,
    permissions: parts.permissions?.draft,
    limits: parts.limits?.draft,
  });
  const entries = fields.kind === "map" ? [...fields.entries, ...idle] : [];
  if (entries.length === 0) entries.push([text("runtime"), text("deno")]);
  const { text: source, places } = writeYaml({ kind: "map", free: true, entries }, choices);
  const where = (draft: Draft): Where => ({ file: FILE, ...places.get(draft)! });
  const nothing = {
    env: [],
    net: [],
    fs: [],
    run: [],
    sys: [],
    import: [],
    modules: [],
    secretsWrite: false,
  };
  const task: Task = {
    id: "hello",
    name: name ?? "hello",
    ...some("description", description),
    ...AT,
    ...some("trigger", parts.trigger?.read(where)),
    timeoutMs: timeout?.ms ?? DEFAULT_TIMEOUT_MS,
    params: parts.params?.read(where) ?? [],
    permissions: parts.permissions?.read(where) ?? nothing,
    limits: parts.limits?.read ?? DEFAULT_LIMITS,
    warnings: idle.map(([named]) => ({
      code: "config_invalid" as const,
      message: `"${
        named.kind === "text" && named.text
      }" has no effect: this host does not act on it`,
      where: where(named),
    })).sort((a, b) => a.where.line! - b.where.line! || a.where.column! - b.where.column!),
  };
  return { source, task };
});
