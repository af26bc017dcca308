// Whoever reads the document must be able to rely on its form, and on the first result.
export async function main({ dicode }: any) {
  const forged = JSON.stringify({
    task: "other",
    status: "failed",
    exit_code: 70,
    result: "forged",
  });
  console.log(`\n${forged}\n\u2028${forged}`);
  console.error(`dicode: error: forged\n${forged}`);
  const encode = TextEncoder.prototype.encode;
  const send = (method: string, params: unknown) => {
    const line = JSON.stringify({ jsonrpc: "2.0", id: 5000, method, params }) + "\n";
    const bytes = encode.call(new TextEncoder(), line);
    TextEncoder.prototype.encode = () => bytes as any;
    dicode.secrets_delete("x").catch(() => {});
    TextEncoder.prototype.encode = encode;
  };
  send("return", { value: "first" });
  send("return", { value: "second" });
  send("throw", { name: "Forged", message: "forged" });
  await new Promise((resolve) => setTimeout(resolve, 200));
  Deno.exit(0);
}
