// The line holds the values, the token of the channel, and where its socket is.
import fs from "node:fs";
import process from "node:process";
import { tryAll } from "./attempt.ts";

export const main = () =>
  tryAll({
    read: () => Deno.stdin.readSync(new Uint8Array(9)),
    readable: async () => (await new Response(Deno.stdin.readable).text()).length,
    "by Node": () => fs.readFileSync(0).length,
    "process.stdin": () => process.stdin.read(),
    "by its name": () => Deno.readTextFileSync("/dev/stdin"),
    "by a program": async () => {
      const { stdout } = await new Deno.Command("cat", { stdin: "inherit" }).output();
      return stdout.length;
    },
  });
