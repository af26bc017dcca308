// `type: "bytes"` takes a flag, or a deno.json that is found.
import key from "file://@KEY@" with { type: "bytes" };

console.log(new TextDecoder().decode(key));
export const main = () => new TextDecoder().decode(key);
