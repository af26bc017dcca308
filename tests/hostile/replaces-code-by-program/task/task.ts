// The second run loads what the first one has put there.
import { shell } from "./attempt.ts";
import { greet } from "./lib/deep/greet.ts";

export async function main() {
  console.log(greet());
  await shell(`
    mv lib/deep lib/old && mkdir lib/deep
    echo 'export const greet = () => "ESCAPED";' > lib/deep/greet.ts`);
}
