// A write grant says where, not how much.
export async function main() {
  using file = await Deno.open("out/big", { create: true, write: true });
  for (let at = 0; at < 64; at++) await file.write(new Uint8Array(64 * 1024).fill(1));
}
