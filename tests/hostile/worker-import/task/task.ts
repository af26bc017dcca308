// A worker has a module graph and a realm of its own.
import { tryAll } from "./attempt.ts";

function ask(code: string): Promise<string> {
  const url = `data:text/javascript,${encodeURIComponent(code)}`;
  const worker = new Worker(url, { type: "module" });
  const { promise, resolve } = Promise.withResolvers<string>();
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = (event) => {
    event.preventDefault();
    resolve(/NotCapable|Requires \w+ access/.test(event.message) ? "denied" : event.message);
  };
  return promise.finally(() => worker.terminate());
}

const attempt = (code: string) =>
  `try { postMessage(${code}); } catch (error) { postMessage(error.name); }`;

export const main = () =>
  tryAll({
    literal: () => ask(`import beside from "file://@WORLD@/beside.ts"; postMessage(beside);`),
    read: () => ask(attempt(`Deno.readTextFileSync("@KEY@")`)),
    environment: () => ask(attempt(`Deno.env.get("HOST_CANARY") ?? "nothing"`)),
    stdin: () => ask(attempt(`Deno.stdin.readSync(new Uint8Array(9)) ?? "nothing"`)),
  });
