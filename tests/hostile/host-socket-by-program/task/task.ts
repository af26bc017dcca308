// The path is not in the task's mounts: then there is no socket either.
const CODE = `
  try {
    const conn = await Deno.connect({ transport: "unix", path: "@SOCKET@" });
    console.log("ESCAPED");
  } catch (error) { console.log(error.name); }
  Deno.exit(0);`;

export async function main() {
  await new Deno.Command("@DENO@", { args: ["eval", "--no-config", CODE] }).spawn().status;
}
