// The code looks harmless; the map beside it says what the names mean.
import key from "harmless" with { type: "text" };

console.log(key);
export const main = () => key;
