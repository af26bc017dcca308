// Whoever keeps the output keeps all of it.
export async function main() {
  for (;;) await Deno.stdout.write(new Uint8Array(64 * 1024).fill(97));
}
