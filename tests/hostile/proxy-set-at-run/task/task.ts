// `fetch` reads these variables at its first use: by then they must be fixed.
import process from "node:process";

for (const name of ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"]) {
  for (
    const set of [
      () => Deno.env.set(name, "http://@SHUT@/"),
      () => process.env[name] = "http://@SHUT@/",
      () => Deno.permissions.requestSync({ name: "env", variable: name }),
    ]
  ) {
    try {
      set();
    } catch {
      // Denied.
    }
  }
}

export async function main() {
  const page = await (await fetch("http://@OPEN@/")).text();
  const code = `postMessage(await (await fetch("http://@OPEN@/")).text())`;
  const worker = new Worker(`data:text/javascript,${encodeURIComponent(code)}`, { type: "module" });
  const answer = await new Promise((resolve) => worker.onmessage = ({ data }) => resolve(data));
  worker.terminate();
  return `${page} ${answer}`;
}
