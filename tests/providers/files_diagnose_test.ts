/** What `file`, `dotenv`, `age` and `sops` say of themselves to `dicode doctor`. */
import assert from "node:assert/strict";
import { loadKind } from "../../store/kinds.ts";
import { type Diagnosis, ProviderFailure } from "../../store/provider.ts";
import { World } from "../helpers.ts";
import { encryptAge, makeAgeKey } from "../services/age.ts";
import { mountKubernetes } from "../services/mounts.ts";
import { Sops } from "../services/sops.ts";

const KEY = await makeAgeKey();

async function diagnose(
  type: string,
  options: Readonly<Record<string, unknown>>,
): Promise<readonly Diagnosis[] | string> {
  const env: Record<string, string> = { IDENTITY: KEY.identity, PATH: "/usr/bin:/bin", HOME: "/" };
  const provider = (await loadKind(type))!.open(type, options, {
    env: (name) => env[name],
    openStore: () => assert.fail("the store is not asked"),
    refused: () => false,
    conceal: () => {},
    note: () => assert.fail("a diagnosis is no note"),
    retries: 0,
  });
  return await provider.diagnose!(new AbortController().signal).catch((error) => {
    assert.ok(error instanceof ProviderFailure);
    return error.kind;
  });
}

Deno.test("file, dotenv, age and sops say how much they hold, whom modes let in, and what is wrong", async () => {
  await using world = await World.make();
  const at = (name: string) => `${world.dir}/${name}`;
  const { dir } = await mountKubernetes(at("mount"), { a: "canary-1", b: "canary-2" });
  await Deno.mkdir(`${dir}/folder`);
  await Deno.writeTextFile(at("x.json"), '{"a": "canary-1"}', { mode: 0o644 });
  await Deno.writeFile(at("x.age"), await encryptAge("A=canary-1\nB=canary-2\n", [KEY.recipient]));
  await Deno.writeTextFile(at("sops.json"), '{"a": "canary-1", "b": "canary-2"}');
  const sops = await Sops.install(at("bin"));
  await sops.encrypt(at("sops.json"), KEY);

  const identity_env = "IDENTITY";
  const command = sops.program;
  const kinds: [type: string, options: Record<string, unknown>, holds: string][] = [
    ["file", { dir }, "it holds 2 files"],
    ["file", { file: at("x.json") }, "it holds 1 secret"],
    ["dotenv", { file: at("x.env") }, "it holds 0 secrets"],
    ["age", { file: at("x.age"), identity_env }, "it holds 2 secrets"],
    ["sops", { file: at("sops.json"), identity_env, command }, "it holds 2 secrets"],
  ];
  await Deno.writeTextFile(at("x.env"), "", { mode: 0o600 });
  for (const [type, options, found] of kinds) {
    const said = await diagnose(type, options);
    assert.deepEqual(said, [{ what: "readable", state: "ok", found }], type);
  }

  await Deno.chmod(world.dir, 0o755);
  const [, mounted] = await diagnose("file", { dir }) as Diagnosis[];
  assert.equal(mounted?.state, "warning");
  assert.match(mounted.found, /may read ".*\/\.\.2026.*\/a" \(mode 644\), and 1 more$/);
  assert.equal(mounted.hint, "defaultMode: 0400 in the volume of the pod");
  const [, plain] = await diagnose("file", { file: at("x.json") }) as Diagnosis[];
  assert.equal(plain?.hint, `chmod go-r ${at("x.json")}`);

  const broken: [type: string, options: Record<string, unknown>, kind: string][] = [
    ["file", { dir: at("gone") }, "misconfigured"],
    ["file", { dir: "$GONE" }, "misconfigured"],
    ["dotenv", { file: at("x.json") }, "bad_answer"],
    ["age", { file: at("x.json"), identity_env }, "bad_answer"],
    ["age", { file: at("x.age"), identity_env: "GONE" }, "unauthenticated"],
    ["sops", { file: at("sops.json"), command }, "unauthenticated"],
    ["sops", { file: at("sops.json"), identity_env, command: at("gone") }, "tool_missing"],
  ];
  for (const [type, options, kind] of broken) {
    assert.equal(await diagnose(type, options), kind, JSON.stringify(options));
  }
});
