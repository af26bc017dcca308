/**
 * Valid `permissions`, each as a draft and as what is read from it.
 */
import fc from "fast-check";
import type { Where } from "../../sdk/errors.ts";
import type { EnvEntry, FsEntry, Permissions } from "../../runtime/task.ts";
import { SYS_KINDS } from "../../runtime/task_permissions.ts";
import {
  flagWord,
  key,
  lineText,
  list,
  literal,
  map,
  maybe,
  type Part,
  some,
  text,
  variable,
} from "./draft_parts.ts";
import type { Draft } from "./yaml_writer.ts";

const envEntry: fc.Arbitrary<{ name: string } & Part<EnvEntry>> = fc.tuple(
  variable,
  maybe(fc.boolean()),
  maybe(fc.boolean()),
  fc.oneof(
    fc.record({ kind: fc.constant("pass" as const) }),
    fc.record({ kind: fc.constant("from" as const), from: variable, prefix: fc.boolean() }),
    fc.record({ kind: fc.constant("secret" as const), secret: key }),
    fc.record({ kind: fc.constant("value" as const), value: literal, short: fc.boolean() }),
  ),
).map(([name, mask, optional, source]) => {
  const names = { name: text(name), mask: flagWord(mask) };
  const masked = some("mask", mask);
  const of = (draft: Draft, entry: Record<string, unknown>) => ({
    name,
    draft,
    read: (where: (draft: Draft) => Where) =>
      ({ kind: source.kind, name, ...entry, where: where(draft) }) as EnvEntry,
  });
  if (source.kind === "pass") {
    return of(mask === undefined ? text(name) : map(names), masked);
  }
  if (source.kind === "value") {
    const { value } = source;
    if (source.short) return of(text(`${name}=${value}`), { value });
    return of(map({ ...names, value: text(value) }), { value, ...masked });
  }
  const all = { ...names, optional: flagWord(optional) };
  const rest = { ...masked, optional: optional ?? false };
  if (source.kind === "secret") {
    const { secret } = source;
    return of(map({ ...all, secret: text(secret) }), { secret, ...rest });
  }
  const from = (source.prefix ? "env:" : "") + source.from;
  return of(map({ ...all, from: text(from) }), { from: source.from, ...rest });
});

const host = fc.oneof(
  fc.constantFrom("localhost", "API.github.com", "192.0.2.1", "[::1]", "[FE80::1]", "xn--a-b.c"),
  fc.array(fc.stringMatching(/^[a-z]([a-z0-9_-]{0,5}[a-z0-9])?$/), { minLength: 1, maxLength: 4 })
    .map((labels) => labels.join(".")),
).chain((name) =>
  fc.oneof(
    fc.constant(name),
    fc.integer({ min: 1, max: 65_535 }).map((port) => `${name}:${port}`),
  )
).filter((found) => !/^(?:npm|jsr|node|data|file|unix|vsock):/i.test(found));

const path = fc.oneof(fc.constantFrom(".", "..", "~", "~/x", "${TASK_DIR}/in", "/a b/"), lineText)
  .filter((found) => !/,|^~(?!\/|$)/.test(found) && !/\$\{(?!TASK_DIR\})/.test(found))
  .filter((found) => !/.\$\{TASK_DIR\}|^\$\{TASK_DIR\}(?!\/|$)/s.test(found))
  .filter((found) =>
    !/^(?:\$\w+|%\w+%)(?:\/|$)|^[a-z]:[\\/]|^\\\\|^[a-z][\w+.-]+:\/\//i.test(found)
  );
const program = fc.oneof(fc.constantFrom("git", "/usr/bin/env", "./a b"), lineText)
  .filter((found) => !/[*,]|^~|\$\{/.test(found) && (found.includes("/") || !/\s/.test(found)));
const pattern = fc.oneof(fc.constantFrom("*", "OAUTH_*", "DICODE_*"), key);

/** A list of texts, each read with its place. */
function grants<T extends string>(entry: fc.Arbitrary<T>, read: (found: T) => string = (t) => t) {
  return maybe(
    fc.array(entry, { maxLength: 4 }).map((found) => {
      const items = found.map(text);
      return {
        draft: list(items),
        read: (where: (draft: Draft) => Where) =>
          found.map((each, i) => ({ value: read(each), where: where(items[i]!) })),
      };
    }),
  );
}

const fsEntry: fc.Arbitrary<Part<FsEntry>> = fc.tuple(path, fc.constantFrom("r", "w", "rw"))
  .map(([path, permission]) => {
    const draft = map({ path: text(path), permission: text(permission) });
    const [read, write] = [permission.includes("r"), permission.includes("w")];
    return { draft, read: (where) => ({ path, read, write, where: where(draft) }) };
  });

const lower = (found: string) => found.toLowerCase();

export const permissions: fc.Arbitrary<Part<Permissions>> = fc.record({
  env: maybe(fc.uniqueArray(envEntry, { maxLength: 5, selector: ({ name }) => name })),
  net: grants(fc.oneof(fc.constant("*"), host), lower),
  fs: maybe(fc.array(fsEntry, { maxLength: 3 })),
  run: grants(program),
  sys: grants(fc.constantFrom(...SYS_KINDS)),
  import: grants(host, lower),
  modules: grants(path),
  secretsWrite: maybe(fc.oneof(fc.boolean(), fc.array(pattern, { maxLength: 3 }))),
}).map(({ env, fs, secretsWrite, ...lists }) => {
  const writes = typeof secretsWrite === "object" ? list(secretsWrite.map(text)) : undefined;
  const draft = map({
    ...Object.fromEntries(Object.entries(lists).map(([name, part]) => [name, part?.draft])),
    env: env && list(env.map((entry) => entry.draft)),
    fs: fs && list(fs.map((entry) => entry.draft)),
    dicode: secretsWrite === undefined
      ? undefined
      : map({ secrets_write: writes ?? flagWord(secretsWrite === true) }),
  });
  return {
    draft,
    read: (where) => ({
      env: (env ?? []).map((entry) => entry.read(where)),
      fs: (fs ?? []).map((entry) => entry.read(where)),
      net: lists.net?.read(where) ?? [],
      run: lists.run?.read(where) ?? [],
      sys: lists.sys?.read(where) ?? [],
      import: lists.import?.read(where) ?? [],
      modules: lists.modules?.read(where) ?? [],
      secretsWrite: secretsWrite ?? false,
    }),
  };
});
