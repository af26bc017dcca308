// A grant of what lies above is a grant of the data folder.
export const main = () => Deno.readTextFile("@KEY@");
