const buffer = new Uint8Array(65536);
const count = Deno.stdin.readSync(buffer) ?? 0;
console.log("ESCAPED", new TextDecoder().decode(buffer.subarray(0, count)));
export const encodeLine = () => {};
