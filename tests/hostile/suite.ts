/** The attacks of the suite, and the tests that are made of them. */
import assert from "node:assert/strict";
import { type Attack, type Theme, type Wall, WALLS } from "./attack.ts";
import { findEscapes, takeSnapshot } from "./escapes.ts";
import { Stage } from "./stage.ts";
import { findAbsences } from "./walls.ts";

export type Named = Attack & { readonly name: string };

/** Every folder here with an attack.ts, by name. */
export async function loadAttacks(): Promise<Named[]> {
  const here = new URL(".", import.meta.url);
  const attacks: Named[] = [];
  for await (const { name, isDirectory } of Deno.readDir(here)) {
    if (!isDirectory) continue;
    const { default: attack } = await import(new URL(`${name}/attack.ts`, here).href);
    attacks.push({ name, ...attack });
  }
  return attacks.toSorted((a, b) => a.name < b.name ? -1 : 1);
}

/** One test for each attack of a theme and each wall, and one that says how many of them there were. */
export async function testTheme(theme: Theme): Promise<void> {
  const attacks = (await loadAttacks()).filter((attack) => attack.theme === theme);
  const absences = await findAbsences();
  const expected: string[] = [];
  const tally = new Map<string, number>();
  const count = (what: string) => tally.set(what, (tally.get(what) ?? 0) + 1);
  for (const wall of WALLS) {
    const planned = new Map<string, number>();
    for (const attack of attacks) {
      const missing = await findMissing(attack.needs ?? []);
      const isOpen = attack.open?.[wall] !== undefined;
      const reason = absences[wall] ?? missing ??
        (isOpen && attack.shows === false ? "not tried" : undefined);
      const what = isOpen ? "open" : "contained";
      const state = reason === undefined
        ? what
        : absences[wall]
        ? "skipped"
        : `${what} (${reason})`;
      planned.set(state, (planned.get(state) ?? 0) + 1);
      Deno.test({
        name: `${attack.name} (${wall}${isOpen ? ", open" : ""})`,
        ignore: reason !== undefined,
        async fn() {
          await tryAttack(attack, wall);
          count(`${wall} ${what}`);
        },
      });
    }
    const said = [...planned].map(([state, number]) => `${number} ${state}`).join(", ");
    expected.push(`${wall} ${said}${absences[wall] ? ` (${absences[wall]})` : ""}`);
  }
  // Console output is not shown by `deno test --quiet`: the name of a test is.
  Deno.test(`${theme}: ${attacks.length} attacks: ${expected.join("; ")}`, () => {
    for (const line of expected) {
      for (const [, number, what] of line.matchAll(/(\d+) (contained|open)(?=,|$)/g)) {
        const wall = line.split(" ")[0];
        assert.equal(tally.get(`${wall} ${what}`) ?? 0, Number(number), `${wall} ${what}`);
      }
    }
  });
}

/** Runs one attack behind one wall: contained, or out where it is said to get out. */
async function tryAttack(attack: Named, wall: Wall): Promise<void> {
  await using stage = await Stage.make(attack.name, wall);
  await attack.arrange?.(stage);
  const before = await takeSnapshot(stage);
  const shown = await (attack.drive?.(stage) ?? stage.run());
  const escapes = await findEscapes(attack, stage, shown, before);
  const said = `exit ${shown.code}\n${shown.stdout}\n${shown.stderr}`;
  if (attack.open?.[wall] !== undefined) {
    assert.notDeepEqual(escapes, [], `it is contained: say so in attack.ts\n${said}`);
    return;
  }
  assert.deepEqual(escapes, [], said);
  const ends = typeof attack.ends === "function" ? attack.ends(wall) : attack.ends;
  assert.ok([ends.code].flat().includes(shown.code), said);
  if (ends.stdout) assert.match(shown.stdout, ends.stdout);
  if (ends.stderr) assert.match(shown.stderr, ends.stderr);
  if (ends.attempts) {
    const outcomes = Object.entries(JSON.parse(shown.stdout.trim().split("\n").at(-1)!));
    assert.notEqual(outcomes.length, 0);
    for (const [name, outcome] of outcomes) {
      assert.match(String(outcome), ends.attempts, `${name}: ${outcome}`);
    }
  }
}

async function findMissing(programs: readonly string[]): Promise<string | undefined> {
  for (const program of programs) {
    const places = ["/usr/bin", "/bin"].map((dir) => Deno.stat(`${dir}/${program}`));
    if ((await Promise.allSettled(places)).every(({ status }) => status === "rejected")) {
      return `no ${program} here`;
    }
  }
}
