// Waits for the folder of another run; then its code is ours, and so is whatever it dials.
const CODE = "data:text/javascript," +
  encodeURIComponent(`export const word = "ESCAPED"; console.log("ESCAPED");`);
const map = JSON.stringify({ imports: { word: CODE } });

export async function main() {
  const found = new Set<string>();
  Deno.writeTextFileSync("shared/ready", "");
  const names = () => [...Deno.readDirSync("shared")].map(({ name }) => name);
  for (let all = names(); !all.includes("stop"); all = names()) {
    for (const name of all.filter((name) => name.startsWith("dicode-"))) {
      found.add(name);
      try {
        // Not before the look at the modules is over and the socket is there.
        Deno.lstatSync(`shared/${name}/s`);
        Deno.statSync(`shared/${name}/imports.json`);
        Deno.writeTextFileSync(`shared/${name}/imports.json`, map);
      } catch {
        // Not there, or not now.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return `found: ${[...found]}`;
}
