/** The build of tools/build.ts: the same program as the sources, in a folder of its own. */
import assert from "node:assert/strict";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { listCommands } from "../../tools/help.ts";
import { assertHidden, ISOLATION, World } from "../helpers.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

async function tryBuild(folder: string): Promise<{ code: number; stderr: string }> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "-A", `${ROOT}tools/build.ts`, folder],
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

async function build(folder: string): Promise<void> {
  const { code, stderr } = await tryBuild(folder);
  assert.equal(code, 0, stderr);
}

async function readFiles(folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) Object.assign(files, await readFiles(path));
    else files[path] = await Deno.readTextFile(path);
  }
  return files;
}

Deno.test("the build does what the sources do", async (t) => {
  await using world = await World.make();
  const folder = `${world.dir}/built`;
  await build(folder);
  const cli = `${folder}/cli.js`;
  const compare = async (args: readonly string[]) => {
    const [built, source] = [await world.dicode(args, { cli }), await world.dicode(args)];
    assert.deepEqual(built, source);
    return built;
  };

  await t.step("help, version, mistakes and lists", async () => {
    for (const args of [["-h"], ["--version"], ["run", "-h"], ["rum"], ["secrets"]]) {
      await compare(args);
    }
    for (const names of listCommands()) {
      assert.ok((await compare([...names, "--help"])).stdout.startsWith("Usage\n"));
    }
    for (const args of [["run", "somewhere"], ["secrets set"], [""], ["secrets", "set", "k"]]) {
      await compare([...args, "--help"]);
    }
    await compare(["secrets", "set", "--help", "--verbos"]);
    await compare(["secrets", "get", "key"]);
    await compare(["secrets", "list"]);
  });

  await t.step("a run with a stored secret, masked, behind each wall that it is told", async () => {
    await world.dicode(["secrets", "set", "token"], { cli, stdin: "tok-5f1d-not-shown" });
    const yaml = "permissions: { env: [{ name: TOKEN, secret: token }], " +
      "dicode: { secrets_write: [token] } }\n";
    const dir = await world.mainTask(
      "built",
      yaml,
      `console.log("has", context.env.get("TOKEN"));
       await context.dicode.secrets_set("token", "tok-0000-not-shown");
       return { ran: true };`,
    );
    for (const isolation of new Set([ISOLATION, "deno"])) {
      const shown = await world.dicode(["run", dir, "--isolation", isolation], { cli });
      assert.deepEqual(shown, { code: 0, stdout: 'has ***\n{"ran":true}\n', stderr: "" });
    }
    assertHidden(await world.dicode(["run", dir, "--json"], { cli }), "tok-0000-not-shown");
    await compare(["secrets", "list"]);
    await compare(["secrets", "verify"]);
  });

  await t.step("a task that throws, without a frame of the bootstrap", async () => {
    const dir = await world.mainTask("throws", "name: throws\n", `throw new Error("no");`);
    const shown = await compare(["run", dir, "--isolation", ISOLATION]);
    assert.equal(shown.code, 1);
    assert.doesNotMatch(shown.stderr, /bootstrap/);
  });

  await t.step(
    "check, with the parser of the task's code; what-if; mistakes of task.yaml",
    async () => {
      const dir = await world.mainTask(
        "checked",
        "permissions: { net: [a.example] }\n",
        `await fetch("https://b.example/");`,
      );
      const shown = await compare(["check", dir]);
      assert.match(shown.stderr, /b\.example/);
      await compare(["run", dir, "--explain", "--isolation", "deno"]);
      const broken = await world.mainTask("broken", "permisions: {}\n", "");
      assert.equal((await compare(["run", broken])).code, 3);
    },
  );

  await t.step("export and restore, whose library loads when it is needed", async () => {
    const identity = await generateX25519Identity();
    const recipient = await identityToRecipient(identity);
    const [file, keyFile] = [`${world.dir}/backup.age`, `${world.dir}/key.txt`];
    await Deno.writeTextFile(keyFile, `${identity}\n`, { mode: 0o600 });
    const args = ["secrets", "export", "--recipient", recipient, "--output", file];
    const exported = await world.dicode(args, { cli });
    assert.equal(exported.code, 0, exported.stderr);
    await world.dicode(["secrets", "delete", "token"], { cli });
    const restoring = ["secrets", "restore", file, "--identity", keyFile];
    const restored = await world.dicode(restoring, { cli });
    assert.equal(restored.code, 0, restored.stderr);
    assert.equal((await compare(["secrets", "list"])).stdout, "token\n");
  });

  await t.step("a task may not write the build that runs it", async () => {
    const dir = await world.mainTask(
      "writes",
      `permissions: { fs: [{ path: ${JSON.stringify(folder)}, permission: rw }] }\n`,
      "",
    );
    const shown = await world.dicode(["run", dir, "--isolation", ISOLATION], { cli });
    assert.equal(shown.code, 6, shown.stderr);
  });
});

Deno.test("the same sources give the same build, and what was there before is gone", async () => {
  await using world = await World.make();
  const folder = `${world.dir}/built`;
  await build(folder);
  const first = await readFiles(folder);
  await Deno.writeTextFile(`${folder}/old-chunk.js`, "");
  await Deno.writeTextFile(`${folder}/notes.txt`, "mine");
  await build(folder);
  assert.deepEqual(await readFiles(folder), { ...first, [`${folder}/notes.txt`]: "mine" });
});

Deno.test("no module of the build has another read before it is needed", async () => {
  await using world = await World.make();
  const folder = `${world.dir}/built`;
  await build(folder);
  for (const [path, text] of Object.entries(await readFiles(folder))) {
    if (path.endsWith(".js")) assert.doesNotMatch(text, /\bimport\(\s*["']\./, path);
  }
});

Deno.test("a folder of something else is left as it is, such as that of the sources", async () => {
  await using world = await World.make();
  const files = [`${world.dir}/app/sdk/mine.ts`, `${world.dir}/app/mine.js`];
  await Deno.mkdir(`${world.dir}/app/sdk`, { recursive: true });
  for (const path of files) await Deno.writeTextFile(path, "mine");
  const { code, stderr } = await tryBuild(`${world.dir}/app`);
  assert.equal(code, 1, stderr);
  assert.match(stderr, /^cannot build into .*\/app: it holds something else than a build\nhint: /);
  for (const path of files) assert.equal(await Deno.readTextFile(path), "mine");
});

Deno.test("a run loads few files before it starts", async () => {
  await using world = await World.make();
  const folder = `${world.dir}/built`;
  await build(folder);
  const files = await readFiles(folder);
  const isRun = /^\/\/ runtime\/commands\/run\.ts$/m;
  const [path] = Object.entries(files).find(([, text]) => isRun.test(text)) ?? [];
  assert.ok(path !== undefined);
  const loaded = new Set([path]);
  for (const file of loaded) {
    const imports = files[file]!.matchAll(
      /^(?:import|\} from|export) ?(?:\{.*\} from )?"\.(.*)";$/gm,
    );
    for (const [, name] of imports) loaded.add(folder + name);
  }
  assert.ok(loaded.has(`${folder}/cli.js`) === false && loaded.size > 5);
  assert.ok(loaded.size <= 12, `${loaded.size} files`);
  const text = [...loaded].map((file) => files[file]!).join("");
  for (const hot of ["runtime/execute.ts", "runtime/mask.ts", "store/secrets.ts"]) {
    assert.ok(text.includes(`\n// ${hot}\n`), hot);
  }
  for (const cold of ["runtime/yaml.ts", "runtime/landlock.ts", "store/cipher.ts"]) {
    assert.ok(!text.includes(`\n// ${cold}\n`), cold);
  }
});
