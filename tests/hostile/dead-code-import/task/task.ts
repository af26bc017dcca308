// What is in the graph may be imported: a literal that never runs puts it there.
if (false as boolean) await import("file://@WORLD@/beside.json", { with: { type: "json" } });

export async function main() {
  const specifier = ["file://@WORLD@", "beside.json"].join("/");
  return (await import(specifier, { with: { type: "json" } })).default;
}
