// The import of the file stands in a module that is itself no file.
import key from "data:text/javascript,export { default } from 'file://@KEY@' with { type: 'text' }";
import beside from "data:text/javascript,export { default } from 'file://@WORLD@/beside.ts'";

console.log(key, beside);
export const main = () => key;
