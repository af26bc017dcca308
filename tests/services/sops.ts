/**
 * The program `sops`: the real one where it is in PATH or where CI has built it
 * (into `~/.cache/dicode-tests`), else a script that answers `sops decrypt` with the exit codes and
 * texts of sops 3.13.3, from files of its own. `SOPS` names which; tests have it in their names.
 */
import assert from "node:assert/strict";
import type { AgeKey } from "./age.ts";

const CACHE = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`;
const REAL = findReal();

/** What answers to `sops` here. */
export const SOPS: "sops" | "a stub, since sops is not there" = REAL === undefined
  ? "a stub, since sops is not there"
  : "sops";

/** A `sops` to run. */
export class Sops {
  private constructor(readonly program: string, readonly dir: string) {}

  /** The program that install() has put into a folder. */
  static at(dir: string): Sops {
    return new Sops(`${dir}/sops`, dir);
  }

  /** Puts a program of that name into a folder, which is made. */
  static async install(dir: string): Promise<Sops> {
    await Deno.mkdir(dir, { recursive: true });
    const sops = Sops.at(dir);
    if (REAL !== undefined) await Deno.symlink(REAL, sops.program);
    else await Deno.writeTextFile(sops.program, STUB, { mode: 0o755 });
    return sops;
  }

  /** Encrypts a file in place for a key of age; by the stub only JSON. */
  async encrypt(path: string, key: AgeKey): Promise<void> {
    if (REAL === undefined) return await encryptForStub(path, key);
    const { success, stderr } = await new Deno.Command(this.program, {
      args: ["encrypt", "--age", key.recipient, "--in-place", path],
      clearEnv: true,
      env: { HOME: this.dir, PATH: "/usr/bin:/bin" },
      stdin: "null",
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
  }
}

function findReal(): string | undefined {
  const path = (Deno.env.get("PATH") ?? "").split(":");
  const programs = [...path, `${CACHE}/dicode-tests`].map((folder) => `${folder}/sops`);
  return programs.find((program) => {
    try {
      // Without the flag it asks the network for a newer version.
      const args = ["--version", "--disable-version-check"];
      const { stdout } = new Deno.Command(program, { args, stdin: "null" }).outputSync();
      return new TextDecoder().decode(stdout).startsWith("sops 3.");
    } catch {
      return false;
    }
  });
}

/** Texts and codes as measured with sops 3.13.3; `mac` is the sum of `data` here. */
const STUB = `#!/bin/sh
fail() { echo "$2" >&2; exit "$1"; }
[ "$1 $2 $3" = "decrypt --output-type json" ] || fail 1 "the stub does not know: $*"
for file; do :; done
[ -e "$file" ] || fail 100 "Error: cannot operate on non-existent file \\"$file\\""
[ ! -d "$file" ] || fail 2 "Error reading file: read $file: is a directory"
text=$(cat "$file" 2>/dev/null) || fail 2 "Error reading file: open $file: permission denied"
case $text in
  *'"sops"'*'}}') ;;
  '{'*'}') fail 1 "sops metadata not found" ;;
  *) fail 1 "Could not unmarshal input data: unexpected end of JSON input" ;;
esac
field() { printf %s "$text" | sed -n "s/.*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/p"; }
sum() { sha256sum | cut -c1-64; }
identity=$(printf '%s\\n' "$SOPS_AGE_KEY"; cat "\${SOPS_AGE_KEY_FILE:-/dev/null}" 2>/dev/null)
identity=$(printf %s "$identity" | sed -n 's/.*\\(AGE-SECRET-KEY-1[A-Z0-9]*\\).*/\\1/p')
[ "$(printf %s "$identity" | sum)" = "$(field key)" ] ||
  fail 128 "Failed to get the data key required to decrypt the SOPS file."
computed=$(field data | base64 -d | sum)
[ "$computed" = "$(field mac)" ] || fail 51 "MAC mismatch. File has $(field mac), computed $computed"
field data | base64 -d
`;

async function encryptForStub(path: string, key: AgeKey): Promise<void> {
  const plain = await Deno.readFile(path);
  const sum = async (bytes: BufferSource) =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  const sops = { key: await sum(new TextEncoder().encode(key.identity)), mac: await sum(plain) };
  await Deno.writeTextFile(path, JSON.stringify({ data: plain.toBase64(), sops }));
}
