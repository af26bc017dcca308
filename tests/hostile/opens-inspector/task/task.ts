// Whoever reaches that port runs code in the task, which holds the secrets.
import inspector from "node:inspector";
import process from "node:process";
import { tryAll } from "./attempt.ts";

export async function main() {
  await new Promise((resolve) => setTimeout(resolve, 600));
  const outcomes = await tryAll({
    inspector: () => inspector.open(0, "127.0.0.1"),
    signal: () => process.kill(process.pid, "SIGUSR1") && "sent",
  });
  await new Promise((resolve) => setTimeout(resolve, 400));
  return outcomes;
}
