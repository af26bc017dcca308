// Both lie in memory: of 64 MiB and of 256.
import { shell } from "./attempt.ts";

export async function main() {
  const said = await shell(`
    for folder in /tmp /dev/shm /dev "$DENO_DIR" /run /; do
      head -c 400M /dev/zero > $folder/big-@MARK@
      wc -c < $folder/big-@MARK@
    done 2>/dev/null`);
  const most = Math.max(0, ...said.split("\n").map(Number).filter(Number.isFinite));
  return most < 400 * 1024 * 1024 ? "less than 400 MiB" : "ESCAPED";
}
