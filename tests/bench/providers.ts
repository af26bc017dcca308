/**
 * Fifty secrets from each kind of provider, beside the same from the host's environment. The services
 * are fakes in the bench's own process: what is timed is what dicode does, not a network.
 */
import { FakeAws } from "../services/fake_aws.ts";
import { FakeDoppler } from "../services/fake_doppler.ts";
import { FakeInfisical } from "../services/fake_infisical.ts";
import { FakeVault } from "../services/fake_vault.ts";
import { HOST_ENV, SECRET_KEY } from "../providers/aws_bench.ts";
import { type BenchWorld, declareSecrets } from "./bench_world.ts";
import type { Command } from "./measure.ts";

const WANTED = Array.from({ length: 50 }, (_, at) => `KEY_${at}`);
const VALUES = Object.fromEntries(WANTED.map((key) => [key, `the-value-of-${key}`]));
const TOKEN = "a-token-of-the-bench";
const PROJECT = "4a1f0c1e-6f0e-4a53-8c2e-0b5f6d7e8f90";

interface Source {
  readonly entry: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs of one task with fifty secrets; the fakes are gone with the stack. */
export async function providerCases(
  world: BenchWorld,
  stack: AsyncDisposableStack,
): Promise<Record<string, Command>> {
  const task = await world.task("fifty", declareSecrets(WANTED));
  const cases: Record<string, Command> = {};
  for (const [name, { entry, env }] of Object.entries(await openSources(world, stack))) {
    const providers = [{ timeout: "30s", ...entry }];
    const text = JSON.stringify({ isolation: "deno", secrets: { providers } });
    const config = await world.file(`dicode-${Object.keys(cases).length}.yaml`, text);
    const command = world.dicode("run", task, "--config", config);
    cases[`50 secrets from ${name}`] = { ...command, env: { ...world.env, ...env } };
  }
  return cases;
}

async function openSources(
  world: BenchWorld,
  stack: AsyncDisposableStack,
): Promise<Record<string, Source>> {
  const lines = WANTED.map((key) => `${key}=${VALUES[key]}\n`).join("");
  const folder = `${world.dir}/files`;
  await Deno.mkdir(folder, { mode: 0o700 });
  for (const key of WANTED) {
    await Deno.writeTextFile(`${folder}/${key}`, VALUES[key]!, { mode: 0o600 });
  }
  const dotenv = await world.file("fifty.env", lines);
  await Deno.chmod(dotenv, 0o600);

  const vault = stack.use(new FakeVault());
  vault.tokens.set(TOKEN, { reads: [""] });
  vault.put("secret/data/app", VALUES);
  for (const key of WANTED) vault.put(`secret/data/one/${key}`, { value: VALUES[key] });
  const vaultOf = (more: Source["entry"]): Source => ({
    entry: { type: "vault", address: vault.address, ...more },
    env: { VAULT_TOKEN: TOKEN },
  });

  const doppler = stack.use(new FakeDoppler());
  doppler.config("bench", "prd", VALUES);
  doppler.token(TOKEN, { bound: { project: "bench", config: "prd" } });

  const infisical = stack.use(new FakeInfisical());
  infisical.identity("bench", TOKEN);
  infisical.folder(PROJECT, "prod", "/", VALUES);

  const aws = stack.use(new FakeAws(SECRET_KEY));
  for (const key of WANTED) aws.secrets.set(key, { text: VALUES[key]! });

  return {
    "the environment": { entry: { type: "env" }, env: VALUES },
    "a .env file": { entry: { type: "dotenv", file: dotenv } },
    "a folder of files": { entry: { type: "file", dir: folder } },
    "Vault, one path": vaultOf({ mount: "secret", secret: "app" }),
    "Vault, a path each": vaultOf({ mount: "secret/one" }),
    "Doppler": {
      entry: { type: "doppler", address: doppler.address },
      env: { DOPPLER_TOKEN: TOKEN },
    },
    "Infisical": {
      entry: {
        type: "infisical",
        address: infisical.address,
        project_id: PROJECT,
        environment: "prod",
      },
      env: {
        INFISICAL_UNIVERSAL_AUTH_CLIENT_ID: "bench",
        INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: TOKEN,
      },
    },
    "AWS Secrets Manager": {
      entry: { type: "aws-secrets-manager", address: aws.address },
      env: HOST_ENV,
    },
  };
}
