// No import statement names a file outside: the pragma of view.tsx makes one.
import { view } from "./view.tsx";

console.log(String(view));
export const main = () => String(view);
