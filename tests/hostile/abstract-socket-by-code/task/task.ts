// No program: Deno's own connect.
export async function main() {
  try {
    await Deno.connect({ transport: "unix", path: "\0@ABSTRACT@" });
    return "ESCAPED";
  } catch (error) {
    return (error as Error).name;
  }
}
