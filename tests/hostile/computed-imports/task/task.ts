// No list of modules shows these. Deno asks for a read permission, which is not there.
import { tryAll } from "./attempt.ts";

const path = ["@WORLD@", "beside"].join("/");
const code = `export { default } from "file://${path}.ts"`;
const json = { with: { type: "json" } };
const take = async (specifier: string, options?: ImportCallOptions) =>
  (await import(specifier, options)).default;

export const main = () =>
  tryAll({
    file: () => take(`file://${path}.ts`),
    json: () => take(`file://${path}.json`, json),
    text: () => take(`file://@KEY@`.slice(0), { with: { type: "text" } }),
    relative: () => take(["..", "..", "beside.ts"].join("/")),
    data: () => take(`data:text/javascript,${code}`),
    blob: () => take(URL.createObjectURL(new Blob([code], { type: "text/javascript" }))),
    link: () => take(["./linked", "json"].join("."), json),
    environ: () => take("file:///proc/self/" + "environ", { with: { type: "text" } }),
  });
