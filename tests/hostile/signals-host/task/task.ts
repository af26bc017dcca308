// SIGKILL would end the host, SIGUSR1 open its debugger; SIGTERM shows whether any arrives.
import { shell } from "./attempt.ts";

export async function main() {
  let pid = "";
  while (pid === "") {
    pid = (await Deno.readTextFile("flags/pid").catch(() => "")).trim();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  console.log(await shell(`kill -TERM ${pid}; sleep 0.3; echo done`));
}
