// The name is inside the folder, the file is not.
import beside from "./linked.json" with { type: "json" };

console.log(beside);
export const main = () => beside;
