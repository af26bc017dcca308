// One granted host, and the network namespace is that of the machine.
const CODE = `
  try {
    const conn = await Deno.connect({ transport: "unix", path: "\\0@ABSTRACT@" });
    console.log("ESCAPED");
  } catch (error) { console.log(error.name); }
  Deno.exit(0);`;

export async function main() {
  await new Deno.Command("@DENO@", { args: ["eval", "--no-config", CODE] }).spawn().status;
}
