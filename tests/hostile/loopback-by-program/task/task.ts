// Databases and debuggers listen there, and ask for no password.
const CODE = `
  try {
    await Deno.connect({ hostname: "127.0.0.1", port: ${"@SHUT@".split(":")[1]} });
    console.log("ESCAPED");
  } catch (error) { console.log(error.name); }
  Deno.exit(0);`;

export async function main() {
  await new Deno.Command("@DENO@", { args: ["eval", "--no-config", CODE] }).spawn().status;
}
