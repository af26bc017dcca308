// `..` in a specifier leaves the folder, and a JSON module is data read without any permission.
import beside from "../../beside.json" with { type: "json" };

console.log(beside);
export const main = () => beside;
