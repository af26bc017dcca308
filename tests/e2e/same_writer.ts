/**
 * One process that stores the same number under 100 keys again and again, and now and then replaces
 * the master key: `<data-dir>`, until its standard input ends. Prints a line after each write.
 */
import { rotateKey } from "../../store/rotate.ts";
import { openStore } from "../../store/secrets.ts";

const [dataDir = ""] = Deno.args;
const env = (): undefined => undefined;
using store = openStore({ dataDir, env });
let ended = false;
Deno.stdin.readable.pipeTo(new WritableStream()).then(() => ended = true);
for (let number = 1; !ended; number++) {
  await store.setMany(Array.from({ length: 100 }, (_, at) => [`key${at}`, `${number}`] as const));
  console.log(number);
  if (number % 20 === 0) await rotateKey({ dataDir, env });
}
