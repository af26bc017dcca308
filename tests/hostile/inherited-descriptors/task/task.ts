// With the channel a program could speak in the task's name, with a cache write into it.
import { shell } from "./attempt.ts";

export async function main() {
  console.log(
    (await shell(`
      for fd in /proc/$$/fd/*; do
        target=$(readlink $fd) && case $target in
          socket:*|/*cache*|/*.db*|/*dicode*) echo "ESCAPED $fd $target" ;;
          *) echo "\${fd##*/} $target" ;;
        esac
      done
      echo done`)).trim(),
  );
}
