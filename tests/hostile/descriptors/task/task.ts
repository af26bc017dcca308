// Node's interface writes on any descriptor (denoland/deno#33371), the channel's among them.
import fs from "node:fs";
import net from "node:net";

export async function main() {
  const requests = [
    ["secrets_set", { key: "stolen", value: "some-value" }],
    ["secrets_delete", { key: "canary" }],
    ["secrets_get", { key: "canary" }],
  ];
  for (let fd = 3; fd < 64; fd++) {
    for (const [method, params] of requests) {
      const line = JSON.stringify({ jsonrpc: "2.0", id: 9, method, params }) + "\n";
      try {
        fs.writeSync(fd, line);
      } catch {
        // Not this way.
      }
      try {
        const socket = new net.Socket({ fd, readable: false, writable: true } as any);
        socket.on("error", () => {}).write(line);
      } catch {
        // No socket.
      }
    }
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  return "tried";
}
