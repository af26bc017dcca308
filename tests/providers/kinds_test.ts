/** That no kind is left out of the scenarios, nor of the pages. */
import assert from "node:assert/strict";
import { listKinds } from "../../store/kinds.ts";

const HERE = new URL("./", import.meta.url);
const PAGES = new URL("../../docs/providers/", import.meta.url);

/** The same code under a second name; tests/providers/openbao_test.ts runs it against the real server. */
const ALIASES: Readonly<Record<string, string>> = { openbao: "vault" };

Deno.test("the same task gets its secret from every kind, by the scenarios of all, and each has a page", async () => {
  const held = new Set<string>();
  for await (const { name } of Deno.readDir(HERE)) {
    if (!name.endsWith("_test.ts")) continue;
    const text = await Deno.readTextFile(new URL(name, HERE));
    for (const [, kind] of text.matchAll(/^testConformance\(\s*"([\w-]+)"/gm)) held.add(kind!);
  }
  for (const kind of listKinds()) {
    const name = ALIASES[kind] ?? kind;
    assert.ok(held.has(name), `${kind} is in no testConformance()`);
    await Deno.stat(new URL(`${name}.md`, PAGES));
  }
  assert.ok(listKinds().length >= 16);
});
