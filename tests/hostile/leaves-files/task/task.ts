// Places that everybody shares.
import { shell } from "./attempt.ts";

export async function main() {
  console.log(
    await shell(`
      for folder in /tmp /var/tmp /dev/shm; do
        cat $folder/left-@MARK@ 2>/dev/null
        echo ESCAPED > $folder/left-@MARK@
      done 2>/dev/null
      echo done`),
  );
}
