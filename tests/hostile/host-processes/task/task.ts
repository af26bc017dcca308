// dicode's own process was started with your environment, and so was your shell.
import { shell } from "./attempt.ts";

export async function main() {
  console.log(
    await shell(`
      for process in /proc/[0-9]*; do
        tr '\\0' '\\n' < $process/environ | grep HOST_CANARY
        tr '\\0' ' ' < $process/cmdline | grep -q 'cli[.]ts' && echo ESCAPED
      done 2>/dev/null
      echo done`),
  );
}
