// "*" leaves out loopback: what listens there trusts whoever can reach it.
import { tryAll } from "./attempt.ts";

const port = "@SHUT@".split(":")[1];
const hosts = [
  "127.0.0.1",
  "127.1",
  "2130706433",
  "0x7f000001",
  "0177.0.0.1",
  "127.0.0.1.",
  "localhost",
  "LOCALHOST",
  "0.0.0.0",
  "0",
  "[::1]",
  "[::]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "user:password@127.0.0.1",
  "127。0。0。1",
];

export const main = () =>
  tryAll(Object.fromEntries(hosts.flatMap((host) => {
    const hostname = new URL(`http://${host}:${port}`).hostname.replace(/^\[|\]$/g, "");
    return [
      [`fetch ${host}`, async () => (await fetch(`http://${host}:${port}/`)).text()],
      [
        `connect ${host}`,
        async () => (await Deno.connect({ hostname, port: Number(port) })).close(),
      ],
    ];
  })));
