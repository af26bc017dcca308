// Somebody who can write in the folder changes the link while dicode resolves the secrets.
import linked from "./linked.json" with { type: "json" };

console.log(linked);
export const main = () => linked;
