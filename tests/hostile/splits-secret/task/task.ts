// What masks must not forget what it has let through.
export async function main({ env }: any) {
  const bytes = new TextEncoder().encode(env.get("KEY"));
  for (const byte of bytes) Deno.stdout.writeSync(Uint8Array.of(byte));
  Deno.stdout.writeSync(Uint8Array.of(10));
  for (let at = 0; at < bytes.length; at += 7) {
    Deno.stdout.writeSync(bytes.subarray(at, at + 7));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  Deno.stdout.writeSync(Uint8Array.of(10));
  const half = bytes.length >> 1;
  Deno.stdout.writeSync(bytes.subarray(0, half));
  await new Promise((resolve) => setTimeout(resolve, 400));
  Deno.stdout.writeSync(bytes.subarray(half));
}
