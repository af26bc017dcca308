// A limit of one second or byte would end the host; these do no harm, and show the same.
import { shell } from "./attempt.ts";

export async function main() {
  let pid = "";
  while (pid === "") {
    pid = (await Deno.readTextFile("flags/pid").catch(() => "")).trim();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  console.log(
    await shell(`
      prlimit --pid ${pid} --core=0 && echo ESCAPED
      taskset -p 1 ${pid} && echo ESCAPED
      renice -n 1 -p ${pid} && echo ESCAPED
      ionice -c 3 -p ${pid} && echo ESCAPED
      chrt --batch -p 0 ${pid} && echo ESCAPED
      echo done`),
  );
}
