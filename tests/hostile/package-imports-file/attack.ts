import { createHash } from "node:crypto";
import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "a package whose code imports files of this machine by their paths",
  needs: ["tar"],
  ends: { code: 0, attempts: /^(TypeError|NotCapable|Error|ERR_MODULE_NOT_FOUND)$/ },
  async arrange({ world, pages, fill }) {
    // A registry with one package.
    const root = `${world.dir}/registry`;
    const manifest = { name: "evil", version: "1.0.0", type: "module", main: "index.js" };
    await Deno.mkdir(`${root}/package`, { recursive: true });
    await Deno.writeTextFile(`${root}/package/package.json`, JSON.stringify(manifest));
    for await (const { name } of Deno.readDir(new URL("package", import.meta.url))) {
      const code = await Deno.readTextFile(new URL(`package/${name}`, import.meta.url));
      await Deno.writeTextFile(`${root}/package/${name}`, fill(code));
    }
    await new Deno.Command("tar", { args: ["czf", `${root}/evil.tgz`, "-C", root, "package"] })
      .output();
    const tarball = await Deno.readFile(`${root}/evil.tgz`);
    const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
    const dist = { tarball: `http://${pages.address}/evil.tgz`, integrity };
    const versions = { "1.0.0": { ...manifest, dist } };
    const about = { name: "evil", "dist-tags": { latest: "1.0.0" }, versions };
    pages.files.set("/evil", JSON.stringify(about));
    pages.files.set("/evil.tgz", tarball);
  },
  async drive({ world, dir, wall, pages }) {
    // In process: a registry named in a real environment would be asked for dicode's packages too.
    const env = { NPM_CONFIG_REGISTRY: `http://${pages.address}/` };
    const { exitCode, result, stderr, error } = await world.runInProcess(dir, env, wall);
    return { code: exitCode, stdout: JSON.stringify(result), stderr: stderr + error?.message };
  },
} satisfies Attack;
