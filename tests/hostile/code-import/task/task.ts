// Not the task itself but a module of its own leads out: the whole graph counts.
import * as lib from "./lib.ts";

console.log(lib);
export const main = () => lib.beside;
