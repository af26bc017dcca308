// Deno reads a module that a literal import names whatever the permissions say: the preflight must
// refuse it, and behind the kernel's wall the file must not be there.
import key from "file://@KEY@" with { type: "text" };

console.log(key);
export const main = () => key;
