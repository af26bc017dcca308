// Node's loaders are code of Deno's own: they must ask the same permissions.
import module from "node:module";
import vm from "node:vm";
import { tryAll } from "./attempt.ts";

const require = module.createRequire(import.meta.url);
const take = "return (await import('file://' + ['@WORLD@', 'beside.ts'].join('/'))).default";

export const main = () =>
  tryAll({
    require: () => require("@WORLD@/" + "beside.json"),
    "require relative": () => require(["..", "..", "beside.json"].join("/")),
    resolve: () => require.resolve("@WORLD@/" + "beside.json"),
    "by its extension": () => {
      const target = { exports: {} };
      module._extensions[".json"](target, "@WORLD@/beside.json");
      return target.exports;
    },
    "vm.runInThisContext": () => vm.runInThisContext(`(async () => { ${take} })()`),
    "vm.runInNewContext": () => vm.runInNewContext(`Deno.readTextFileSync("@KEY@")`, { Deno }),
    hooks: async () => {
      module.registerHooks({
        load: () => ({ format: "json", source: '"hooked"', shortCircuit: true }),
      });
      return (await import(["./other", "json"].join("."), { with: { type: "json" } })).default;
    },
    binding: () => (process as any).binding("fs").internalModuleReadJSON("@WORLD@/beside.json"),
    dlopen: () => process.dlopen({ exports: {} } as any, "@WORLD@/beside"),
    ffi: () => Deno.dlopen("@WORLD@/beside", {}),
    function: () => new Function("path", "return Deno.readTextFileSync(path)")("@KEY@"),
  });
