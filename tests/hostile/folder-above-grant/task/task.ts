// task.yaml may not be written, but its folder could be renamed, and another put in its place.
export async function main() {
  await Deno.rename("@TASK@", "@TASK@-old");
  await Deno.mkdir("@TASK@");
}
