// The SDK was loaded before and shares the realm: all that it calls from now on may be ours. It must
// hold nothing that the task may not know.
const seen: string[] = [];
const note = (owner: any, name: string) => {
  const real = owner[name];
  owner[name] = function (...args: unknown[]) {
    for (const value of [this, ...args]) {
      try {
        seen.push(typeof value === "string" ? value : Deno.inspect(value, { depth: 2 }));
      } catch {
        // It cannot be shown.
      }
    }
    return real.apply(this, args);
  };
};
note(JSON, "parse");
note(JSON, "stringify");
note(Map.prototype, "get");
note(Map.prototype, "set");
note(TextDecoder.prototype, "decode");
note(Promise.prototype, "then");
Object.defineProperty(Object.prototype, "token", { set: (value) => seen.push(String(value)) });

export async function main({ dicode, env, params }: any) {
  await dicode.secrets_delete("nothing").catch(() => {});
  await params.all();
  env.get("HOST_CANARY");
  console.log(seen.filter((text) => text.length < 200).join("\n").slice(0, 4000));
  console.log(`seen ${seen.length}`);
}
