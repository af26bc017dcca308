// The variables are handed over on standard input: the import of it would hold them.
import line from "file:///dev/stdin" with { type: "text" };

console.log([...line].join(" "));
export const main = () => line.length;
