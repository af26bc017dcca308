// Opening is enough to show it: what could be read then is every secret of the run, and the key.
import { shell } from "./attempt.ts";

export async function main() {
  let pid = "";
  while (pid === "") {
    pid = (await Deno.readTextFile("flags/pid").catch(() => "")).trim();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  console.log(
    await shell(`
      # Not this script, whose text is in its own command line.
      for pid in ${pid} $(ls /proc | grep -E '^[0-9]+$'); do
        grep -q 'cli[.]ts' /proc/$pid/cmdline && (: < /proc/$pid/mem) && echo ESCAPED
      done 2>/dev/null
      echo done`),
  );
}
