// Whoever can write above the task's folder, or unpacks it in a project, must not steer it.
import key from "harmless" with { type: "text" };

console.log(key);
export const main = () => key;
