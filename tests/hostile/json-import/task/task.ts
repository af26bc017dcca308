// `..` in a specifier leaves the folder, and a JSON module is data read without any permission.
import key from "../../home/.dicode/master.key" with { type: "json" };
import beside from "../../beside.json" with { type: "json" };

console.log(key, beside);
export const main = () => beside;
