// If any rule stood in this process, these would lift it.
import { tryAll } from "./attempt.ts";

Object.defineProperty(Object.prototype, "secrets_write", { value: true });
Object.defineProperty(Object.prototype, "secretsWrite", { value: true });
Array.prototype.includes = () => true;
Array.prototype.some = () => true;
RegExp.prototype.test = () => true;
String.prototype.startsWith = () => true;

export const main = ({ dicode }: any) =>
  tryAll({
    set: () => dicode.secrets_set("stolen", "v"),
    overwrite: () => dicode.secrets_set("canary", "v"),
    delete: () => dicode.secrets_delete("canary"),
  });
