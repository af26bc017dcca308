/**
 * What an import adds to a start of Deno, and what the store's own work takes: the figures of
 * docs/decisions.md ("Dependencies") and docs/reference/store.md ("Figures"). Run on an idle machine:
 * `deno run -A tests/bench/import_bench.ts`; `RUNS=50` for more than 20 starts of each case.
 *
 * A start is one file with one import, against an empty file; the code cache is warm, as it is for
 * every start but the first.
 */
import { argon2idPortable, argon2idWebCrypto, seal, STORE_COST } from "../../store/cipher.ts";
import { openStore } from "../../store/secrets.ts";
import { takeTurns, timeDeno } from "./measure.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const RUNS = Number(Deno.env.get("RUNS") ?? 20);
const DERIVATIONS = 7;

const IMPORTS = [
  "@stricli/core",
  "js-yaml",
  "@humanwhocodes/momoa",
  "@noble/ciphers/chacha.js",
  "@noble/hashes/argon2.js",
  "node:sqlite",
  "fast-check",
  "./store/rules.ts",
  "./store/chain.ts",
  "./store/secrets.ts",
];

const dir = await Deno.makeTempDir({ prefix: "dct-bench-" });

async function writeCase(name: string, text: string): Promise<string> {
  const path = `${dir}/${name.replaceAll(/\W+/g, "_")}.ts`;
  await Deno.writeTextFile(path, text);
  return path;
}

const starts: Record<string, string> = {
  "an empty file": await writeCase("empty", ""),
  "an empty file, once more": await writeCase("again", ""),
};
for (const name of IMPORTS) {
  const specifier = name.replace(/^\.\//, `file://${ROOT}`);
  starts[`\`import "${name}"\``] = await writeCase(name, `import "${specifier}";\n`);
}
const flags = ["run", "--quiet", "--no-prompt", `--config=${ROOT}deno.json`, "-A"];
const added = await takeTurns(starts, RUNS, (path) => timeDeno([...flags, path]));

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const input = { password: random(32), salt: random(16), cost: STORE_COST };
const derivedKey = random(32);
const value = new Uint8Array(1_048_576);
const store = () => openStore({ dataDir: `${dir}/data`, env: () => undefined });
using filled = store();
await filled.set("key", "value");

const works: Record<string, () => Promise<unknown>> = {
  "Argon2id by WebCrypto": () => argon2idWebCrypto(input),
  "Argon2id by `@noble/hashes`": () => argon2idPortable(input),
  "sealing a value of 1 MiB": () => Promise.resolve(seal(derivedKey, "key", value)),
  "opening `data.db`, one read, closing it": () => store().list(),
};
const worked = await takeTurns(works, DERIVATIONS, async (work) => {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
});
await Deno.remove(dir, { recursive: true });

const base = added.get("an empty file")!;
console.log(`${RUNS} starts of each in turns, Deno ${Deno.version.deno}`);
console.log("| a file with | median ms | middle half | adds ms |");
console.log("| --- | --- | --- | --- |");
for (const [name, { low, median, high }] of added) {
  const spread = `${low.toFixed(1)} to ${high.toFixed(1)}`;
  console.log(
    `| ${name} | ${median.toFixed(1)} | ${spread} | ${(median - base.median).toFixed(1)} |`,
  );
}
console.log(`\n${DERIVATIONS} times in turns`);
console.log("| work | median ms | middle half | the first in a process |");
console.log("| --- | --- | --- | --- |");
for (const [name, { first, ...times }] of worked) {
  const [low, median, high] = [times.low, times.median, times.high].map((ms) => ms.toFixed(1));
  console.log(`| ${name} | ${median} | ${low} to ${high} | ${first.toFixed(1)} |`);
}
