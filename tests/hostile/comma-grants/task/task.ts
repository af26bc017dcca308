// `--allow-read=./data,/` is everything.
export const main = () => Deno.readTextFile("@KEY@");
