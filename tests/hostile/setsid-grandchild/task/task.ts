// The end of a run kills its process group: this one is no member.
import { shell } from "./attempt.ts";

export async function main() {
  console.log(
    await shell(`(setsid sh -c 'trap "" TERM HUP INT; sleep @MARK@' > /dev/null 2>&1 &)
      sleep 0.1; echo done`),
  );
}
