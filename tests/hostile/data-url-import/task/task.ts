// The import of the file stands in a module that is itself no file.
import beside from "data:text/javascript,export { default } from 'file://@WORLD@/beside.ts'";

console.log(beside);
export const main = () => beside;
