// Every part of the path may be a link, not only the last.
import beside from "./lib/beside.ts";

console.log(beside);
export const main = () => beside;
