// One host and port is granted; the other listens beside it.
import http from "node:http";
import net from "node:net";
import { tryAll } from "./attempt.ts";

const [hostname, port] = ["127.0.0.1", Number("@SHUT@".split(":")[1])] as const;
const settle = (emitter: any, event: string) =>
  new Promise((resolve, reject) => emitter.on(event, resolve).on("error", reject));

export const main = () =>
  tryAll({
    fetch: async () => (await fetch("http://@SHUT@/")).text(),
    "fetch with a client": async () => {
      using client = Deno.createHttpClient({ proxy: { url: "http://@SHUT@/" } });
      return await (await fetch("http://@OPEN@/", { client } as RequestInit)).text();
    },
    XMLHttpRequest: () => new (globalThis as any).XMLHttpRequest(),
    connect: async () => (await Deno.connect({ hostname, port })).close(),
    connectTls: async () => (await Deno.connectTls({ hostname, port })).close(),
    "node:http": () => settle(http.get("http://@SHUT@/"), "response"),
    "node:net": () => settle(net.connect(port, hostname), "connect"),
    WebSocket: () => {
      const { promise, resolve, reject } = Promise.withResolvers();
      const socket = new WebSocket("ws://@SHUT@/");
      socket.onopen = resolve;
      socket.onerror = () => reject(new Deno.errors.NotCapable());
      return promise;
    },
    WebSocketStream: () => new (globalThis as any).WebSocketStream("ws://@SHUT@/").opened,
    datagram: () => (Deno as any).listenDatagram({ transport: "udp", hostname, port: 0 }),
    "asks for it": () => {
      const { state } = Deno.permissions.requestSync({ name: "net", host: "@SHUT@" });
      if (state !== "granted") throw new Deno.errors.NotCapable();
    },
  });
