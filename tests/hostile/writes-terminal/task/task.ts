// Output is masked on its way through dicode; the terminal itself would show it as it is.
import { shell } from "./attempt.ts";

export async function main() {
  try {
    Deno.writeTextFileSync("/dev/tty", Deno.env.get("KEY")!);
  } catch {
    // Denied.
  }
  await shell(`echo "$KEY" > /dev/tty; stty -F /dev/tty -echo; echo ESCAPED > /dev/tty`);
  return "done";
}
