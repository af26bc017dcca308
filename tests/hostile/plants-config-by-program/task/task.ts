// Deno keeps JavaScript from these names too; a program asks the kernel alone.
import { shell } from "./attempt.ts";

export async function main() {
  await shell(`
    echo '{ "imports": { "helper": "./planted.ts" } }' > deno.json
    echo '{ "version": "5" }' > deno.lock
    echo 'export const main = () => "ESCAPED";' > task.js`);
  console.log("done");
}
