/** The README and the guides, followed as they stand: their commands are run, their output compared. */
import assert from "node:assert/strict";
import { type Shown, World } from "../helpers.ts";
import { freePort, Openbao, openbaoProgram, testWithOpenbao } from "../services/openbao.ts";
import { cliEnv, works } from "./shell.ts";

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

const hasAge = works("age-keygen", "--version");
if (!hasAge) console.error("skipped, since age is not installed: the backup guide");

/** The blocks of code of a page in one language, in order. */
async function readBlocks(page: string, language: string): Promise<string[]> {
  const text = await Deno.readTextFile(`${ROOT}/${page}`);
  const found = text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"));
  return Array.from(found, ([, block]) => block!);
}

/** The one block that holds a text. */
function pick(blocks: readonly string[], text: string): string {
  const found = blocks.filter((block) => block.includes(text));
  assert.equal(found.length, 1, `blocks with ${text}`);
  return found[0]!;
}

/** Runs a script in the clone, as one who has nothing but an `npx` that fetches this deno. */
async function paste(world: World, script: string, stdin = ""): Promise<Shown> {
  await Deno.mkdir(`${world.dir}/bin`, { recursive: true });
  await Deno.writeTextFile(
    `${world.dir}/bin/npx`,
    `#!/bin/sh\n[ "$1 $2" = "-y deno@2.9.6" ] || exit 9\nshift 2\nexec '${Deno.execPath()}' "$@"\n`,
    { mode: 0o755 },
  );
  const child = new Deno.Command("sh", {
    args: ["-ec", script],
    cwd: ROOT,
    clearEnv: true,
    env: {
      ...cliEnv(world),
      PATH: `${world.dir}/bin:/usr/bin:/bin`,
      TMPDIR: world.dir,
      NO_COLOR: "1",
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await new Blob([stdin]).stream().pipeTo(child.stdin);
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

const readme = await readBlocks("README.md", "sh");
const install = pick(readme, ".local/bin/dicode");
// Whether the kernel's wall works differs from machine to machine; the warning is tested elsewhere.
const quiet = pick(readme, "isolation: deno");

Deno.test("the README opens with the command that does the main job", () => {
  assert.match(readme[0]!, /^npx -y deno@2\.9\.6 task dicode run examples\/rotate-token\n/);
});

Deno.test("the README's transcript is what its commands print, by npx and by the script", async () => {
  await using world = await World.make();
  const transcript = pick(await readBlocks("README.md", "text"), "rotate-token");
  const commands = Array.from(transcript.matchAll(/^\$ (.*)$/gm), ([, command]) => command!);
  assert.equal(commands.length, 2);
  const script = commands.map((command) => `echo '$ ${command}'\n${command} 2>&1`).join("\n");
  const shown = await paste(world, `${install}\n${quiet}\n${script}`);
  assert.equal(shown.stdout, transcript, shown.stderr);
});

Deno.test("the README's first task prints what the README shows", async () => {
  await using world = await World.make();
  const first = pick(readme, "my-task/task.yaml");
  const steps = readme.slice(readme.indexOf(first)).join("\n");
  const shown = await paste(world, `${install}\n${quiet}\n${steps}`, "value-of-the-key");
  assert.deepEqual(shown, {
    code: 0,
    stdout: pick(await readBlocks("README.md", "text"), "my-task: ok"),
    stderr: 'dicode: stored "api_key"\n',
  });
});

Deno.test("the first guide's commands do what it says", async () => {
  await using world = await World.make();
  const page = "docs/guides/first-task.md";
  const [shell, texts] = [await readBlocks(page, "sh"), await readBlocks(page, "text")];
  const hello = await paste(world, `${install}\n${quiet}\n${pick(shell, "examples/hello")}`);
  assert.deepEqual(hello, { code: 0, stdout: pick(texts, "hello, you"), stderr: "" });
  const path = `export PATH="$HOME/.local/bin:$PATH"\n`;
  const [read, hang] = pick(shell, "fails-on-purpose").trim().split("\n");
  assert.match((await paste(world, path + read)).stderr, /hint: add to task\.yaml: permissions: /);
  assert.equal((await paste(world, path + hang)).code, 124);
  const file = await paste(world, path + pick(shell, "key.pem"));
  assert.deepEqual(file, {
    code: 0,
    stdout: "tls_key\n",
    stderr: 'dicode: stored "tls_key"\ndicode: deleted "tls_key"\n',
  });
});

Deno.test("the import guide's transcript is what its commands print", async () => {
  await using world = await World.make();
  const page = "docs/guides/import.md";
  const script = pick(await readBlocks(page, "sh"), "secrets import");
  const shown = await paste(world, `${install}\nexec 2>&1\n${script}`);
  assert.deepEqual([shown.code, shown.stdout], [0, pick(await readBlocks(page, "text"), "SMTP")]);
});

Deno.test("the guide to the least privilege prints what it shows", async () => {
  await using world = await World.make();
  const page = "docs/guides/least-privilege.md";
  const commands = (await readBlocks(page, "sh")).join("\n")
    .replaceAll(/^dicode run .*$/gm, "$& 2>&1 || true");
  const shown = await paste(world, `${install}\n${quiet}\n${commands}`);
  const printed = shown.stdout.replace(/file:\S*\/report\//, "file:///…/report/");
  assert.equal(printed, (await readBlocks(page, "text")).join(""), shown.stderr);
});

Deno.test({
  name: "the backup guide's transcript is what its commands print, and what age prints",
  ignore: !hasAge,
  async fn() {
    await using world = await World.make();
    const page = "docs/guides/backup.md";
    const [shell, texts] = [await readBlocks(page, "sh"), await readBlocks(page, "text")];
    const whole = `${pick(shell, "--data-dir laptop")}\necho ---\n${pick(shell, "age -d")}`;
    const shown = await paste(world, `${install}\nexec 2>&1\n${whole}`);
    assert.deepEqual([shown.code, shown.stdout], [0, texts.join("---\n")]);
  },
});

testWithOpenbao("the providers guide prints what it shows, with a real server", async () => {
  await using world = await World.make();
  await using bao = await Openbao.start();
  const page = "docs/guides/providers.md";
  const nobody = `127.0.0.1:${freePort()}`;
  const commands = (await readBlocks(page, "sh")).join("\n")
    .replaceAll("127.0.0.1:8200", new URL(bao.address).host)
    .replaceAll("127.0.0.1:8199", nobody)
    .replaceAll("dev-root", bao.rootToken)
    // Which walls stand differs from machine to machine.
    .replace("secrets:\n", "isolation: deno\n$&")
    .replaceAll(/^dicode check .*$/gm, "$& || true");
  const [setUp, rest] = commands.split(/^(?=cd )/m);
  await Deno.mkdir(`${world.dir}/bin`);
  await Deno.symlink(openbaoProgram(), `${world.dir}/bin/bao`);
  const script = `${install}\n{ ${setUp} } > '${world.dir}/setup' 2>&1\nexec 2>&1\n${rest}`;
  const shown = await paste(world, script);
  const texts = (await readBlocks(page, "text")).join("");
  const printed = shown.stdout.replaceAll(new URL(bao.address).host, "127.0.0.1:8200")
    .replaceAll(nobody, "127.0.0.1:8199");
  assert.equal(printed, texts, await Deno.readTextFile(`${world.dir}/setup`));
  assert.equal(shown.code, 0);
});

Deno.test("the library guide's program runs outside the clone, and leaves nothing behind", async () => {
  await using world = await World.make();
  const page = "docs/guides/library.md";
  const here = (text: string) => text.replaceAll("/path/to/dicode", ROOT);
  const [program = ""] = await readBlocks(page, "ts");
  const [command = ""] = await readBlocks(page, "sh");
  await Deno.mkdir(`${world.dir}/outside`);
  await Deno.writeTextFile(`${world.dir}/outside/prog.ts`, here(program));
  const script = `cd '${world.dir}/outside'\n${
    here(command).replace(/^deno /, "npx -y deno@2.9.6 ")
  }`;
  const shown = await paste(world, script);
  assert.equal(shown.stdout, (await readBlocks(page, "text"))[0], shown.stderr);
  const left = Array.from(Deno.readDirSync(world.dir), ({ name }) => name).sort();
  assert.deepEqual(left, ["bin", "home", "outside", "tasks"]);
});
