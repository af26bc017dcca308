// Whoever can reach such a socket is root, or signs with your key.
import net from "node:net";
import { tryAll } from "./attempt.ts";

const settle = (emitter: any, event: string) =>
  new Promise((resolve, reject) => emitter.on(event, resolve).on("error", reject));

export const main = () =>
  tryAll({
    connect: async () => (await Deno.connect({ transport: "unix", path: "@SOCKET@" })).close(),
    "connect, abstract": async () =>
      (await Deno.connect({ transport: "unix", path: "\0@ABSTRACT@" })).close(),
    "node:net": () => settle(net.connect("@SOCKET@"), "connect"),
    "node:net, abstract": () => settle(net.connect("\0@ABSTRACT@"), "connect"),
    fetch: async () => {
      using client = Deno.createHttpClient(
        { proxy: { transport: "unix", path: "@SOCKET@" } } as any,
      );
      return await (await fetch("http://@OPEN@/", { client } as RequestInit)).text();
    },
  });
