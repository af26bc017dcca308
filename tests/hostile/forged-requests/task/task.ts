// Task code shares a realm with the SDK: with a patched TextEncoder that writes any bytes.
export async function main({ dicode }: any) {
  const answers: any[] = [];
  const parse = JSON.parse;
  JSON.parse = (text: string) => {
    const value = parse(text);
    if (value?.jsonrpc) answers.push(value);
    return value;
  };
  const encode = TextEncoder.prototype.encode;
  let sent = 0;
  const send = (method: unknown, params: unknown) => {
    const line = JSON.stringify({ jsonrpc: "2.0", id: 1000 + sent++, method, params }) + "\n";
    const bytes = encode.call(new TextEncoder(), line);
    TextEncoder.prototype.encode = () => bytes as any;
    dicode.secrets_delete("x").catch(() => {});
    TextEncoder.prototype.encode = encode;
  };
  send("secrets_get", { key: "canary" });
  send("secrets_list", {});
  send("get", { key: "canary" });
  send("env", { name: "HOST_CANARY" });
  send("hello", { token: "x" });
  send("secrets_set", { key: "canary", value: "overwritten" });
  send("secrets_delete", { key: "canary" });
  send("secrets_set", { key: "xok_", value: "v" });
  send("secrets_set", { key: "ok_\0", value: "v" });
  send("secrets_set", parse('{"__proto__":{"key":"ok_proto","value":"v"}}'));
  send("secrets_set", { key: ["ok_list"], value: "v" });
  send("secrets_set", { key: "ok_number", value: 7 });
  send("secrets_set", { key: "ok_granted", value: "v-granted-value" });
  while (answers.length < sent) await new Promise((resolve) => setTimeout(resolve, 10));
  const refused = answers.filter(({ error }) => error !== undefined);
  console.log(`refused ${refused.length} of ${sent}`);
  Deno.exit(0);
}
