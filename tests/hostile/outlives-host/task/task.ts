// Who would end it, if dicode cannot?
export async function main() {
  await new Deno.Command("sh", { args: ["-c", "sleep @MARK@; :"] }).output();
}
