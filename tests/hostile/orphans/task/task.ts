// The run must end with the task, and they with it, though its output is never closed.
export async function main() {
  const deaf = `trap "" TERM INT HUP; sleep @MARK@ & sleep @MARK@`;
  for (let at = 0; at < 3; at++) {
    new Deno.Command("sh", { args: ["-c", deaf], stdin: "null" }).spawn().unref();
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  return "done";
}
