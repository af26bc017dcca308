// What the task was started with is handed down to its programs.
export async function main() {
  await new Deno.Command("env").spawn().status;
}
