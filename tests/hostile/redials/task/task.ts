// The task is told where the socket is, on both sides of the wall; it had the grant to dial it once.
import fs from "node:fs";
import net from "node:net";
import { tryAll } from "./attempt.ts";

export async function main() {
  let name = "";
  while (name === "") {
    name = await Deno.readTextFile("flags/name").catch(() => "");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const folder = `@HOME@/.dicode/run/${name}`;
  return tryAll(Object.fromEntries(
    [`${folder}/s`, "/run/dicode/s"].flatMap((socket) => [
      [`dial ${socket}`, () => Deno.connect({ transport: "unix", path: socket })],
      [
        `dial ${socket} by Node`,
        () =>
          new Promise((resolve, reject) =>
            net.connect(socket).on("connect", resolve).on("error", reject)
          ),
      ],
      [`listen at ${socket}`, () => Deno.listen({ transport: "unix", path: socket })],
      [`look at ${socket}`, () => Deno.lstatSync(socket)],
      [`remove ${socket}`, () => Deno.removeSync(socket)],
      [`list beside ${socket}`, () => fs.readdirSync(socket.slice(0, -2))],
      [`write beside ${socket}`, () => Deno.writeTextFileSync(`${socket}2`, "x")],
    ]),
  ));
}
