/**
 * The presets of `exec`, each with a stub that answers as the program does: as measured with the real
 * one (exec_real_test.ts runs those that can be had), or as its source and its issues have it
 * (docs/providers/exec.md says which).
 */
import assert from "node:assert/strict";
import { PRESET_NAMES, type PresetName, presetOf } from "../../store/exec/presets.ts";
import { type FailureKind, type Provider, ProviderFailure } from "../../store/provider.ts";
import { open, OPTIONS } from "../../store/providers/exec.ts";
import { Stubs } from "../services/stub.ts";

const never = new AbortController().signal;

/** What a program prints on stdout and stderr, and its exit code; and what comes of it. */
type Answer = readonly [string, string, number, string | undefined | FailureKind];

/** Texts of failures, so that a value is told from a kind. */
const KINDS = "denied misconfigured rate_limited tool_failed unauthenticated unreachable".split(
  " ",
);

interface Case {
  /** The arguments that it is called with for the key `K`. */
  readonly args: readonly string[];
  readonly program?: string;
  readonly options?: object;
  readonly answers: readonly Answer[];
}

const OP = "[ERROR] 2026/07/08 19:40:01 ";
const GCLOUD = "ERROR: (gcloud.secrets.versions.access) ";
const VAULT_403 = `Error making API request.

URL: GET http://127.0.0.1:8200/v1/sys/internal/ui/mounts/secret/dicode/K
Code: 403. Errors:

* permission denied`;
const VAULT: Pick<Case, "args" | "options" | "answers"> = {
  options: { prefix: "secret/dicode/" },
  args: ["kv", "get", "-field=value", "secret/dicode/K"],
  answers: [
    ["v", "", 0, "v"],
    ["", "No value found at secret/data/dicode/K", 2, undefined],
    ["", "No data found at secret/data/dicode/K", 2, undefined],
    ["", 'Field "value" not present in map', 1, "misconfigured"],
    ["", VAULT_403, 2, "denied"],
    [
      "",
      'Get "http://127.0.0.1:1/v1/x": dial tcp 127.0.0.1:1: connect: connection refused',
      2,
      "unreachable",
    ],
    ["", "Error making API request.\n\nCode: 503. Errors:\n\n* Vault is sealed", 2, "unreachable"],
  ],
};

/** By preset. pass and systemd-creds, which look for a file first, have tests of their own below. */
const CASES: Partial<Record<PresetName, Case>> = {
  gopass: {
    args: ["show", "-o", "-n", "--", "K"],
    answers: [
      ["v\n", "", 0, "v"],
      [
        "",
        'Error: failed to retrieve secret "K": entry is not in the password store',
        11,
        undefined,
      ],
      ["", "Error: empty secret", 10, undefined],
      ["K/\n└── name\n", "", 0, undefined], // the name of a folder
      ["", "Error: password-store is not initialized. Try 'gopass setup'", 6, "misconfigured"],
      ["", "Error: failed to decrypt", 11, "unauthenticated"],
      ["", "Error: something else", 1, "tool_failed"],
    ],
  },
  "secret-tool": {
    args: ["lookup", "service", "dicode", "key", "K"],
    answers: [
      ["v", "", 0, "v"],
      ["", "", 1, undefined],
      ["", "secret-tool: Cannot autolaunch D-Bus without X11 $DISPLAY", 1, "unreachable"],
      ["", "secret-tool: Could not connect: No such file or directory", 1, "unreachable"],
      [
        "",
        "secret-tool: The name org.freedesktop.secrets was not provided by any .service files",
        1,
        "unreachable",
      ],
      ["", "secret-tool: Object does not exist", 1, "tool_failed"],
    ],
  },
  security: {
    args: ["find-generic-password", "-s", "dicode", "-a", "K", "-w"],
    answers: [
      ["v\n", "", 0, "v"],
      [
        "",
        "security: SecKeychainSearchCopyNext: The specified item could not be found in the keychain.",
        44,
        undefined,
      ],
      ["", "security: User interaction is not allowed.", 36, "unauthenticated"],
      ["", "", 1, "tool_failed"],
    ],
  },
  keepassxc: {
    program: "keepassxc-cli",
    options: { file: "/secrets.kdbx", stdin_env: "STDIN" },
    args: ["show", "-s", "-a", "Password", "--", "/secrets.kdbx", "K"],
    answers: [
      ["v\n", "Enter password to unlock /secrets.kdbx: ", 0, "v"],
      [
        "",
        "Enter password to unlock /secrets.kdbx: \nCould not find entry with path K.",
        1,
        undefined,
      ],
      [
        "",
        "Error while reading the database: Invalid credentials were provided, please try again.\nIf this reoccurs, then your database file may be corrupt.",
        1,
        "unauthenticated",
      ],
      ["", "Failed to open database file /secrets.kdbx: not found", 1, "misconfigured"],
    ],
  },
  op: {
    options: { prefix: "op://V/" },
    args: ["read", "--no-newline", "op://V/K"],
    answers: [
      ["v", "", 0, "v"],
      [
        "",
        `${OP}could not read secret 'op://V/K': "K" isn't an item in the "V" vault. Specify`,
        1,
        undefined,
      ],
      [
        "",
        `${OP}"K" isn't an item. Specify the item with its UUID, name, or domain.`,
        1,
        undefined,
      ],
      ["", `${OP}could not find item K in vault V`, 1, undefined],
      ["", `${OP}item 'V/K' does not have a field 'F'`, 1, "misconfigured"],
      [
        "",
        `${OP}"V" isn't a vault in this account. Specify the vault with its ID or name.`,
        1,
        "misconfigured",
      ],
      [
        "",
        `${OP}More than one item matches "K". Try again and specify the item by its ID`,
        1,
        "misconfigured",
      ],
      [
        "",
        `${OP}You are not currently signed in. Please run \`op signin --help\``,
        1,
        "unauthenticated",
      ],
      ["", `${OP}(401) Unauthorized: authentication required`, 1, "unauthenticated"],
      ["", `${OP}(403) Forbidden`, 1, "denied"],
      ["", `${OP}rate limit exceeded`, 1, "rate_limited"],
      ["", `${OP}Too many requests. Your client has been rate-limited.`, 1, "rate_limited"],
      ["", "", 1, "unauthenticated"],
      ["", `${OP}something else`, 1, "tool_failed"],
      ["", `${OP}could not find item K`, 0, undefined],
      ["", `${OP}rate limit exceeded`, 0, "rate_limited"],
      ["", `${OP}something else`, 0, "tool_failed"],
      ["", "", 0, undefined],
    ],
  },
  vault: VAULT,
  openbao: { ...VAULT, program: "bao" },
  doppler: {
    args: ["secrets", "get", "--plain", "K"],
    answers: [
      ["v\n", "", 0, "v"],
      [
        "",
        "Unable to fetch secrets\nDoppler Error: Could not find requested secret: K",
        1,
        undefined,
      ],
      [
        "",
        'Doppler Error: Secret name "k" may only contain uppercase letters, numbers, and underscores.',
        1,
        "misconfigured",
      ],
      ["", "Doppler Error: Unauthorized: token not found", 1, "unauthenticated"],
      ["", "Doppler Error: Invalid Auth token", 1, "unauthenticated"],
      [
        "",
        'Get "https://api.doppler.example/v3": dial tcp: lookup: no such host',
        1,
        "unreachable",
      ],
    ],
  },
  gcloud: {
    args: ["secrets", "versions", "access", "latest", "--secret=K"],
    answers: [
      ["v", "", 0, "v"],
      [
        "",
        `${GCLOUD}NOT_FOUND: Secret [projects/1/secrets/K] not found or has no versions.`,
        1,
        undefined,
      ],
      [
        "",
        `${GCLOUD}FAILED_PRECONDITION: Secret Version [projects/1/secrets/K/versions/4] is in DESTROYED state.`,
        1,
        undefined,
      ],
      [
        "",
        `${GCLOUD}PERMISSION_DENIED: Permission 'secretmanager.versions.access' denied`,
        1,
        "denied",
      ],
      ["", `${GCLOUD}NOT_FOUND: Project [p] not found`, 1, "tool_failed"],
      [
        "",
        `${GCLOUD}You do not currently have an active account selected.\nPlease run:\n\n  $ gcloud auth login`,
        1,
        "unauthenticated",
      ],
    ],
  },
};

/** A folder of stubs, and the provider that finds them there. */
class Bench implements AsyncDisposable {
  private constructor(readonly dir: string, readonly stubs: Stubs) {}

  static async make(): Promise<Bench> {
    const dir = await Deno.makeTempDir({ prefix: "dct-" });
    return new Bench(dir, new Stubs(dir));
  }

  /** A stub that notes its arguments and answers. */
  async answer(program: string, [stdout, stderr, code]: Answer): Promise<void> {
    await Deno.writeTextFile(`${this.dir}/out`, stdout);
    await Deno.writeTextFile(`${this.dir}/err`, stderr);
    const body = `printf '%s\\n' "$@" >> ${this.dir}/args
      cat ${this.dir}/out; cat ${this.dir}/err >&2; exit ${code}`;
    await this.stubs.write(program, body);
  }

  provider(options: object, env: Readonly<Record<string, string>> = {}): Provider {
    const given: Record<string, string> = { PATH: this.stubs.path, HOME: this.dir, ...env };
    return open("p", options, {
      env: (name) => given[name],
      openStore: () => assert.fail("the store is not needed"),
      refused: () => false,
      conceal: () => {},
      retries: 0,
    });
  }

  async args(): Promise<string[]> {
    const args = await Deno.readTextFile(`${this.dir}/args`).catch(() => "");
    await Deno.remove(`${this.dir}/args`).catch(() => {});
    return args.trimEnd().split("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.dir, { recursive: true });
  }
}

/** The value, undefined for an absence, or the kind of the failure. */
async function outcome(provider: Provider, key = "K"): Promise<string | undefined> {
  try {
    return (await provider.get([key], never)).get(key)?.reveal();
  } catch (error) {
    assert.ok(error instanceof ProviderFailure, `${error}`);
    assert.ok(error.hint !== undefined);
    return error.kind;
  }
}

for (const [preset, { args, program = preset, options = {}, answers }] of Object.entries(CASES)) {
  Deno.test(`exec: preset ${preset}: what each answer of the program means`, async () => {
    await using bench = await Bench.make();
    for (const answer of answers) {
      const [, , , expected] = answer;
      await bench.answer(program, answer);
      const provider = bench.provider({ preset, ...options }, { STDIN: "password" });
      const found = await outcome(provider);
      // secret-tool asks again after a miss: what the stub answers then is another matter.
      const called = (await bench.args()).slice(0, args.length);
      assert.deepEqual(called, args);
      assert.equal(found, expected, JSON.stringify(answer));
      assert.ok(expected === undefined || expected === "v" || KINDS.includes(expected));
    }
  });
}

Deno.test("exec: each preset has a test and a row in the docs, each option another", async () => {
  const tested = [...Object.keys(CASES), "pass", "systemd-creds"].sort();
  assert.deepEqual(tested, [...PRESET_NAMES].sort());
  const page = new URL("../../docs/providers/exec.md", import.meta.url);
  const rows = (await Deno.readTextFile(page)).matchAll(/^\| `([\w-]+)` +\| (.*?) +\|/gm);
  const documented = new Map(Array.from(rows, ([, name, text]) => [name!, text!]));
  for (const name of PRESET_NAMES) {
    assert.equal(documented.get(name), `\`${presetOf(name)!.command.join(" ")}\``);
  }
  const fields = [...documented.keys()].filter((name) =>
    !PRESET_NAMES.includes(name as PresetName)
  );
  assert.deepEqual(fields.sort(), Object.keys(OPTIONS).sort());
});

Deno.test("exec: preset pass runs the program only for a file that is there", async () => {
  await using bench = await Bench.make();
  const provider = bench.provider({ preset: "pass", prefix: "d/" });
  await bench.answer("pass", ["v\nuser: x\n", "", 0, "v"]);
  assert.equal(await outcome(provider), "misconfigured"); // there is no store
  await Deno.mkdir(`${bench.dir}/.password-store/d/folder.gpg`, { recursive: true });
  assert.equal(await outcome(provider), undefined);
  assert.equal(await outcome(provider, "folder"), undefined);
  assert.deepEqual(await bench.args(), [""]);
  await Deno.writeTextFile(`${bench.dir}/.password-store/d/K.gpg`, "");
  assert.equal(await outcome(provider), "v");
  assert.deepEqual(await bench.args(), ["show", "--", "d/K"]);
  const present = await provider.has!(["K", "L"], never);
  assert.deepEqual([...present], ["K"]);
  assert.deepEqual(await bench.args(), [""]);
  const elsewhere = bench.provider({ preset: "pass" }, { PASSWORD_STORE_DIR: "/nowhere" });
  assert.equal(await outcome(elsewhere), "misconfigured");
});

Deno.test("exec: preset systemd-creds runs the program only for a file that is there", async () => {
  await using bench = await Bench.make();
  const folder = `${bench.dir}/creds`;
  const provider = bench.provider({ preset: "systemd-creds", file: `${folder}/{key}.cred` });
  await bench.answer("systemd-creds", ["v\n", "", 0, "v"]);
  assert.equal(await outcome(provider), "misconfigured");
  await Deno.mkdir(folder);
  assert.equal(await outcome(provider), undefined);
  await Deno.writeTextFile(`${folder}/K.cred`, "");
  assert.equal(await outcome(provider), "v");
  assert.deepEqual(await bench.args(), ["decrypt", "--name=K", `${folder}/K.cred`, "-"]);
  const failures = [
    ["Embedded credential name 'L' does not match filename 'K', refusing.", "misconfigured"],
    ["Credential's time passed, refusing to use.", "misconfigured"],
    ["Failed to determine local credential key: Permission denied", "denied"],
  ] as const;
  for (const [stderr, kind] of failures) {
    await bench.answer("systemd-creds", ["", stderr, 1, kind]);
    assert.equal(await outcome(provider), kind);
  }
});

Deno.test("exec: a failure shows the line of stderr that tells, and how to look by hand", async () => {
  await using bench = await Bench.make();
  const [told] = ["Invalid credentials were provided, please try again."];
  await bench.answer("keepassxc-cli", ["", `${told}\nIf this reoccurs, …`, 1, "unauthenticated"]);
  const options = { preset: "keepassxc", file: "/x.kdbx", stdin_env: "STDIN" };
  const asked = bench.provider(options, { STDIN: "pass word" }).get(["K"], never);
  await assert.rejects(asked, {
    message: /exits with 1 and says "Invalid credentials .* again\."$/,
  });
  await bench.answer("security", ["", "what?", 1, "tool_failed"]);
  await assert.rejects(bench.provider({ preset: "security" }).get(["K"], never), {
    hint: "run it by hand: security find-generic-password -s dicode -a K -w",
  });
});

Deno.test("exec: what dicode.yaml says beside a preset counts in its place", async () => {
  await using bench = await Bench.make();
  const command = ["op", "read", "op://V/{key}/credential"];
  await bench.answer("op", ["v", "", 0, "v"]);
  assert.equal(await outcome(bench.provider({ preset: "op", command })), "v");
  assert.deepEqual(await bench.args(), ["read", "op://V/K/credential"]);
  await bench.answer("op", ["", `${OP}could not find item K`, 1, undefined]);
  assert.equal(await outcome(bench.provider({ preset: "op", command })), undefined);
  await bench.answer("gopass", ["K/\n└── name\n", "", 0, undefined]);
  assert.equal(await outcome(bench.provider({ preset: "gopass", first_line: false })), undefined);
  await bench.answer("op", ["", `${OP}could not find item K`, 1, undefined]);
  const other = { preset: "op", command, not_found_stderr: "^never$" };
  assert.equal(await outcome(bench.provider(other)), "tool_failed");
});

Deno.test("exec: doctor finds the program, and asks a preset's for what nobody has", async () => {
  await using bench = await Bench.make();
  const diagnose = async (options: object) =>
    (await bench.provider(options).diagnose!(never)).map(({ what, state }) => `${what}: ${state}`);
  assert.deepEqual(await diagnose({ preset: "gopass" }), ["installed: broken"]);
  await bench.answer("gopass", ["", "entry is not in the password store", 11, undefined]);
  assert.deepEqual(await diagnose({ preset: "gopass" }), ["installed: ok", "answers: ok"]);
  assert.deepEqual((await bench.args()).at(-1), "DOCTOR_LOOKS_FOR_NOTHING");
  await bench.answer("gopass", ["", "failed to decrypt", 11, "unauthenticated"]);
  await assert.rejects(diagnose({ preset: "gopass" }), { kind: "unauthenticated" });
  await bench.answer("gcloud", ["", `${GCLOUD}PERMISSION_DENIED: no`, 1, "denied"]);
  assert.deepEqual(await diagnose({ preset: "gcloud" }), ["installed: ok", "answers: warning"]);
  await bench.args();
  // Of these nobody knows what a miss costs or means.
  await bench.answer("op", ["", "", 1, undefined]);
  for (const options of [{ preset: "op" }, { command: [`${bench.dir}/bin/op`, "{key}"] }]) {
    assert.deepEqual(await diagnose(options), ["installed: ok"]);
  }
  assert.deepEqual(await bench.args(), [""]);
});
