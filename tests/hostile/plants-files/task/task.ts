// The folder may be written: what of its files will Deno read the next time?
export async function main() {
  if (await Deno.stat(".env").catch(() => null)) {
    return `found: ${Deno.env.get("INJECTED")} ${(globalThis as any).planted}`;
  }
  const code = `globalThis.planted = 1; console.log("ESCAPED");`;
  await Deno.writeTextFile(".env", "INJECTED=ESCAPED\n");
  await Deno.writeTextFile(".npmrc", "registry=http://@SHUT@/\n");
  await Deno.writeTextFile("preload.ts", code);
  await Deno.mkdir("node_modules/attempt", { recursive: true });
  await Deno.writeTextFile("node_modules/attempt/index.js", code);
  const scripts = { "task.ts": "echo ESCAPED", preinstall: "echo ESCAPED" };
  await Deno.writeTextFile("package.json", JSON.stringify({ scripts, main: "preload.ts" }));
  return "planted";
}
