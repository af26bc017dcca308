/** The security page and the suite say the same: what is tried, by which attack, and what gets out. */
import assert from "node:assert/strict";
import { loadAttacks, type Named } from "./suite.ts";
import { BUILT } from "./walls.ts";

const PAGE = new URL("../../docs/concepts/security.md", import.meta.url);
const TABLE = /(<!-- What gets out: .* -->\n)([^]*)(\n<!-- The end of what gets out\. -->)/;

const attacks = await loadAttacks();

/** One row for each attack that gets out behind a wall that this version has. */
function formatOpen(): string {
  const rows = attacks.flatMap((attack) => {
    const walls = BUILT.filter((wall) => attack.open?.[wall] !== undefined);
    return walls.length === 0 ? [] : [formatRow(attack, walls.map((wall) => `\`${wall}\``))];
  });
  return ["| what gets out | behind | since | attack |", "| --- | --- | --- | --- |", ...rows, ""]
    .join("\n");
}

function formatRow(attack: Named, walls: readonly string[]): string {
  const reasons = new Set(BUILT.flatMap((wall) => attack.open?.[wall] ?? []));
  const since = [...reasons].join("; ").replaceAll("|", "\\|");
  return `| ${attack.tries} | ${walls.join(", ")} | ${since} | \`hostile/${attack.name}\` |`;
}

/** A table without the padding that the formatter gives it. */
function squeeze(text: string): string {
  return text.replaceAll(/ +\|/g, " |").replaceAll(/-{3,}/g, "---").replaceAll(/\s+/g, " ").trim();
}

Deno.test("the security page lists what gets out, and behind which walls, as the suite has it", async () => {
  const text = await Deno.readTextFile(PAGE);
  if (Deno.env.get("UPDATE")) {
    const table = (_: string, start: string, __: string, end: string) =>
      `${start}\n${formatOpen()}${end}`;
    await Deno.writeTextFile(PAGE, text.replace(TABLE, table));
    await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", PAGE.pathname] }).output();
  }
  const found = TABLE.exec(await Deno.readTextFile(PAGE))?.[2] ?? "";
  assert.equal(squeeze(found), squeeze(formatOpen()));
});

Deno.test("every attack that the security page names exists, and it names every attack", async () => {
  const text = await Deno.readTextFile(PAGE);
  const named = new Set([...text.matchAll(/`hostile\/([\w-]+)`/g)].map(([, name]) => name!));
  const known = new Set(attacks.map(({ name }) => name));
  assert.deepEqual([...named].filter((name) => !known.has(name)), []);
  assert.deepEqual([...known].filter((name) => !named.has(name)), []);
});

Deno.test("every promise of the security page names an attack or a test", async () => {
  const text = await Deno.readTextFile(PAGE);
  const tables = text.split(/^\| promise[^\n]*\n\|[- |]+\n/m).slice(1);
  assert.ok(tables.length >= 3);
  for (const table of tables) {
    for (const row of table.split("\n\n")[0]!.trim().split("\n")) {
      assert.match(row, /`(hostile|e2e|unit|providers)\/[\w/-]+/, row);
    }
  }
});

Deno.test("at least 50 attacks are contained behind bubblewrap, those of files and modules behind Landlock", () => {
  const contained = (wall: "bwrap" | "landlock") =>
    attacks.filter(({ open }) => open?.[wall] === undefined);
  assert.ok(contained("bwrap").length >= 50, `${contained("bwrap").length}`);
  // A hard link is the file that is granted: no wall knows another.
  const left = attacks.filter(({ theme }) => theme === "files" || theme === "modules")
    .filter((attack) => !contained("landlock").includes(attack));
  assert.deepEqual(left.map(({ name }) => name), ["hard-link"]);
});
