// Whoever can write both folders made the link; the task itself cannot (makes-links).
export const main = () => Deno.readTextFile("data/linked");
