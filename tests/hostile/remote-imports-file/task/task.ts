// The task is honest and its host is declared; what that serves is not.
import beside from "http://@OPEN@/evil.ts";

console.log(beside);
export const main = () => beside;
