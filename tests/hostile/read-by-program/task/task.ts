// `run: [sh]` grants every program: Deno's permissions end at it, the kernel's wall does not.
import { shell } from "./attempt.ts";

export async function main() {
  console.log(await shell("cat @KEY@ @HOME@/.ssh/id_ed25519 @WORLD@/beside; echo done"));
}
