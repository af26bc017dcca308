// The kernel's wall knows a network or none; hosts and ports are checked by Deno, for JavaScript.
const CODE = `
  try {
    await Deno.connect({ hostname: "127.0.0.1", port: ${"@SHUT@".split(":")[1]} });
    console.log("ESCAPED");
  } catch (error) { console.log(error.name); }
  Deno.exit(0);`;

export async function main() {
  await new Deno.Command("@DENO@", { args: ["eval", "--no-config", CODE] }).spawn().status;
}
