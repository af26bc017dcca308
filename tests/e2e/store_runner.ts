/** One process that uses a store, for the tests that need real ones: `<data-dir> <command> …`. */
import { DicodeError } from "../../sdk/errors.ts";
import { openStore } from "../../store/secrets.ts";

const [dataDir = "", command, ...rest] = Deno.args;
using store = openStore({ dataDir, env: (name) => Deno.env.get(name) });
try {
  if (command === "set") {
    for (const key of rest) {
      await store.set(key, `value of ${key}`);
      console.log(key); // acknowledged
    }
  } else if (command === "get") {
    console.log(JSON.stringify(Object.fromEntries(await store.getMany(rest))));
  } else {
    console.log(JSON.stringify(await store.list()));
  }
} catch (error) {
  if (!(error instanceof DicodeError)) throw error;
  console.log(error.code);
  console.log(error.message);
  Deno.exit(error.exitCode);
}
