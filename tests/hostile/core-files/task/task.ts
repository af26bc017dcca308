// The limit must be 0, and hard: a program cannot raise it. Then the task kills itself by SIGABRT.
import process from "node:process";
import { shell } from "./attempt.ts";

export async function main() {
  console.log((await shell(`echo "$(ulimit -Sc) $(ulimit -Hc)"`)).trim());
  process.kill(process.pid, "SIGABRT");
  await new Promise((resolve) => setTimeout(resolve, 5_000));
}
