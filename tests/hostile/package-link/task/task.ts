// Deno looks for packages in the folder, and reads through the link without a permission.
import key from "evil/master.key" with { type: "text" };

console.log(key);
export const main = () => key;
