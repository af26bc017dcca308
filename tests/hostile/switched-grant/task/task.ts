// What a grant's path leads to was looked at before the run; Deno looks at its spelling alone.
import { tryAll } from "./attempt.ts";

export async function main() {
  await Deno.writeTextFile("flags/up", "");
  while (!await Deno.stat("flags/switched").catch(() => null)) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return tryAll({
    read: () => Deno.readTextFile("linked/id_ed25519"),
    write: () => Deno.writeTextFile("linked/authorized_keys", "a key of the task's"),
  });
}
