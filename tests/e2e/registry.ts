/** A package registry on loopback, and a host of remote modules. */
import { createHash } from "node:crypto";
import type { World } from "../helpers.ts";

/** A registry with one package, `left`, that counts what it is asked. */
export async function startRegistry(world: World) {
  const root = `${world.dir}/registry`;
  await Deno.mkdir(`${root}/package`, { recursive: true });
  const manifest = {
    name: "left",
    version: "1.0.0",
    main: "index.js",
    scripts: { install: "touch /tmp/dicode-test-install-script-ran" },
  };
  await Deno.writeTextFile(`${root}/package/package.json`, JSON.stringify(manifest));
  await Deno.writeTextFile(`${root}/package/index.js`, `module.exports = (s) => "<" + s;\n`);
  await Deno.writeTextFile(
    `${root}/package/sub.js`,
    `module.exports = () => require("fs").evil ?? "fs";\n`,
  );
  await new Deno.Command("tar", { args: ["czf", `${root}/left.tgz`, "-C", root, "package"] })
    .output();
  const tarball = await Deno.readFile(`${root}/left.tgz`);
  const asked: { path: string; authorization: string | null }[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { pathname, origin } = new URL(request.url);
    asked.push({ path: pathname, authorization: request.headers.get("authorization") });
    const integrity = "sha512-" + createHash("sha512").update(tarball).digest("base64");
    const dist = { tarball: `${origin}/left/-/left-1.0.0.tgz`, integrity };
    if (pathname === "/left") {
      const versions = { "1.0.0": { ...manifest, hasInstallScript: true, dist } };
      return Response.json({ name: "left", "dist-tags": { latest: "1.0.0" }, versions });
    }
    if (pathname.endsWith(".tgz")) return new Response(tarball);
    if (pathname === "/remote.ts") {
      return new Response(`import { b } from "./b.ts";\nexport const a: number = b + 1;\n`, {
        headers: { "content-type": "application/typescript" },
      });
    }
    if (pathname === "/b.ts") {
      return new Response(`export const b = 41;\n`, {
        headers: { "content-type": "application/typescript" },
      });
    }
    return new Response("not here", { status: 404 });
  });
  return { server, asked, tarball, url: `http://127.0.0.1:${server.addr.port}` };
}
