// What listens can be told what to do by any process of the machine.
import http from "node:http";
import net from "node:net";
import { tryAll } from "./attempt.ts";

function listening(server: any, ...where: unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    // Node's interface throws some of it where nobody can catch it.
    addEventListener("error", (event) => {
      event.preventDefault();
      reject(event.error);
    }, { once: true });
    server.on("error", reject).listen(...where, resolve);
  });
}

export const main = () =>
  tryAll({
    listen: () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
    "listen everywhere": () => Deno.listen({ port: 0 }),
    "listen on a socket": () => Deno.listen({ transport: "unix", path: "data/s" }),
    "listen on an abstract one": () => Deno.listen({ transport: "unix", path: "\0task" }),
    serve: () => Deno.serve({ hostname: "127.0.0.1", port: 0 }, () => new Response("")),
    datagram: () =>
      (Deno as any).listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 }),
    "node:net": () => listening(net.createServer(), 0, "127.0.0.1"),
    "node:net on a socket": () => listening(net.createServer(), "data/s"),
    "node:http": () => listening(http.createServer(), 0),
  });
