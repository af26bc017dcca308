import assert from "node:assert/strict";
import { ProviderFailure } from "../../../store/provider.ts";
import {
  decodeFile,
  findExposure,
  findPlace,
  findSecretFile,
  MAX_FILE_BYTES,
  readSecretFile,
} from "../../../store/secret_file.ts";

/** A folder that nobody else can look into, and is gone at the end. */
async function withFolder(work: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.realPath(await Deno.makeTempDir({ prefix: "dct-" }));
  try {
    await work(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function failureOf(path: string): Promise<ProviderFailure> {
  const error = await findSecretFile("files", path).catch((error) => error);
  assert.ok(error instanceof ProviderFailure, `${path}: ${Deno.inspect(error)}`);
  return error;
}

Deno.test("findSecretFile() reads a file through links, and answers undefined where there is none", async () => {
  await withFolder(async (dir) => {
    await Deno.writeTextFile(`${dir}/a`, "canary\n");
    await Deno.symlink("a", `${dir}/b`);
    await Deno.symlink("b", `${dir}/c`);
    await Deno.symlink("gone", `${dir}/d`);
    const { bytes } = (await findSecretFile("files", `${dir}/c`))!;
    assert.equal(decodeFile("files", "c", bytes), "canary\n");
    for (const path of [`${dir}/d`, `${dir}/e`, `${dir}/a/b`, `${dir}/e/b`]) {
      assert.equal(await findSecretFile("files", path), undefined);
    }
  });
});

Deno.test("findSecretFile() refuses what is no regular file, without opening it", async () => {
  await withFolder(async (dir) => {
    assert.ok((await new Deno.Command("mkfifo", { args: [`${dir}/pipe`] }).output()).success);
    await Deno.symlink("pipe", `${dir}/link`);
    await Deno.symlink("loop", `${dir}/loop`);
    using _socket = Deno.listen({ transport: "unix", path: `${dir}/socket` });
    const cases: [path: string, kind: string, state: string][] = [
      [dir, "misconfigured", "it is a folder, not a file"],
      [`${dir}/pipe`, "misconfigured", "it is a pipe, not a file"],
      [`${dir}/link`, "misconfigured", "it is a pipe, not a file"],
      [`${dir}/socket`, "misconfigured", "it is a socket, not a file"],
      ["/dev/zero", "misconfigured", "it is a device, not a file"],
      [`${dir}/loop`, "unreachable", "the system gave an error"],
    ];
    for (const [path, kind, state] of cases) {
      const failure = await failureOf(path);
      assert.equal(failure.kind, kind);
      assert.equal(failure.message, `provider "files" (${kind}): cannot read "${path}": ${state}`);
    }
  });
});

Deno.test("findSecretFile() takes 1 MiB, and refuses a byte more", async () => {
  await withFolder(async (dir) => {
    await Deno.writeFile(`${dir}/most`, new Uint8Array(MAX_FILE_BYTES));
    await Deno.writeFile(`${dir}/more`, new Uint8Array(MAX_FILE_BYTES + 1));
    // The system says 0 of its size.
    const said = decodeFile(
      "files",
      "x",
      (await readSecretFile("files", "/proc/self/status")).bytes,
    );
    assert.match(said, /^Name:\t.*\n(?:.*\n){20}/);
    assert.equal((await findSecretFile("files", `${dir}/most`))!.bytes.length, MAX_FILE_BYTES);
    assert.equal((await failureOf(`${dir}/more`)).kind, "bad_answer");
  });
});

Deno.test("readSecretFile() refuses a file that is not there", async () => {
  await withFolder(async (dir) => {
    await assert.rejects(readSecretFile("files", `${dir}/a`), {
      message: `provider "files" (misconfigured): cannot read "${dir}/a": there is no such file`,
    });
  });
});

Deno.test("decodeFile() takes UTF-8 alone, and leaves a byte order mark where it is", () => {
  assert.equal(decodeFile("files", "a", new Uint8Array([0xef, 0xbb, 0xbf, 0x61])), "\ufeffa");
  for (const bytes of [[0x61, 0xff], [0xed, 0xa0, 0x80]]) {
    assert.throws(() => decodeFile("files", "a", new Uint8Array(bytes)), {
      message: 'provider "files" (bad_answer): cannot read "a": it is not UTF-8 text',
    });
  }
});

Deno.test("findPlace() fills in a home folder or a variable, and says which one is missing", () => {
  const env = (name: string) => ({ HOME: "/home/me/", DIR: "/run/x", RELATIVE: "x" })[name];
  const cases: [written: string, path: string | null][] = [
    ["/a/$DIR", "/a/$DIR"],
    ["~", "/home/me"],
    ["~/a", "/home/me/a"],
    ["~other/a", "~other/a"],
    ["$DIR", "/run/x"],
    ["${DIR}/a", "/run/x/a"],
    ["$RELATIVE/a", null],
    ["$GONE", null],
    ["${GONE}/a", null],
  ];
  for (const [written, path] of cases) {
    if (path !== null) assert.equal(findPlace("files", written, env), path);
    else {
      const state = /cannot read "\$.*": the variable (GONE|RELATIVE) is not set to a path$/;
      assert.throws(() => findPlace("files", written, env), { message: state });
    }
  }
  assert.throws(() => findPlace("files", "~/a", () => undefined), {
    message:
      'provider "files" (misconfigured): cannot read "~/a": the variable HOME is not set to a path',
  });
});

Deno.test("findExposure() sees whom the modes of a file and of the folders above it let in", async () => {
  await withFolder(async (dir) => {
    await Deno.mkdir(`${dir}/folder`);
    const path = `${dir}/folder/file`;
    await Deno.writeTextFile(path, "canary");
    const cases: [above: number, folder: number, file: number, found: string | undefined][] = [
      [0o755, 0o755, 0o600, undefined],
      [0o755, 0o755, 0o644, "644"],
      [0o755, 0o755, 0o640, "640"],
      [0o711, 0o711, 0o604, "604"],
      [0o700, 0o755, 0o644, undefined],
      [0o755, 0o700, 0o644, undefined],
      [0o755, 0o750, 0o644, "644"], // the group comes in
      [0o755, 0o750, 0o604, undefined], // the others do not
      [0o744, 0o755, 0o644, undefined], // to list a folder is not to enter it
    ];
    for (const [above, folder, file, found] of cases) {
      await Deno.chmod(path, file);
      await Deno.chmod(`${dir}/folder`, folder);
      await Deno.chmod(dir, above);
      const label = [above, folder, file].map((mode) => mode.toString(8)).join(" ");
      const exposure = await findExposure(path);
      const shown = /\(mode (\d+)\)$/.exec(exposure?.found ?? "")?.[1];
      assert.equal(shown, found, label);
    }
    assert.equal(await findExposure(`${dir}/gone`), undefined);
  });
});
