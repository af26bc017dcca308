import assert from "node:assert/strict";

const CHAIN = new URL("../../store/open_chain.ts", import.meta.url).href;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;

Deno.test("a variable that is not UTF-8 is a failure that names it and shows nothing of it", async () => {
  const program = `
    import { openChain } from ${JSON.stringify(CHAIN)};
    const chain = await openChain([{ type: "env", name: "env" }], {
      env: (name) => Deno.env.get(name), openStore: () => { throw 0 },
      refused: () => false, conceal: () => {},
    });
    await chain.resolve(["BAD"], new AbortController().signal).catch((error) => {
      console.log(error.code, error.message);
      console.log(Deno.inspect(error, { showHidden: true }), error.cause);
    });`;
  const script = `BAD=$(printf 'canary\\377\\376') exec "$@"`;
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", script, "sh", Deno.execPath(), "eval", "--no-lock", "--config", CONFIG, program],
    stderr: "inherit",
  }).output();
  const text = new TextDecoder().decode(stdout);
  const found = 'the variable "BAD" cannot be read as UTF-8 text';
  assert(text.startsWith(`provider_failed provider "env" (bad_answer): ${found}\n`), text);
  assert(!text.includes("canary"), text);
});
