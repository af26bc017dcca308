// An environment cannot be taken back: it lies in /proc as long as the process lives.
import { shell } from "./attempt.ts";

export async function main() {
  console.log(
    (await shell(`
      for process in /proc/[0-9]*; do
        tr '\\0' '\\n' < $process/environ | grep -q ^DICODE_MASTER_KEY=. && echo ESCAPED
      done 2>/dev/null
      echo done`)).trim(),
  );
}
