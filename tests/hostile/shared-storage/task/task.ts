// Deno keeps these by the place of a configuration, which two tasks may share.
export async function main() {
  const found: unknown[] = [];
  for (const storage of ["localStorage", "sessionStorage"] as const) {
    try {
      found.push(globalThis[storage].getItem("left"));
      globalThis[storage].setItem("left", "ESCAPED");
    } catch {
      // There is none.
    }
  }
  const cache = await caches.open("shared");
  found.push(await (await cache.match("http://left/"))?.text());
  await cache.put("http://left/", new Response("ESCAPED"));
  return found.filter((value) => value != null).join() || "nothing";
}
