/** Infisical's fake: its vendor's own client reads each answer, errors included. */
import assert from "node:assert/strict";
import type { Read } from "../oracles/infisical_read.ts";
import { FakeInfisical } from "../services/fake_infisical.ts";

const PROJECT = "4a1f0c1e-6f0e-4a53-8c2e-0b5f6d7e8f90";
const ORACLES = new URL("../oracles/", import.meta.url).pathname;

interface Shown {
  readonly secretKey: string;
  readonly secretValue: string;
  readonly secretValueHidden: boolean;
  readonly secretPath: string;
}

interface Listed {
  readonly secrets: readonly Shown[];
  readonly imports: readonly {
    readonly secretPath: string;
    readonly environment: string;
    readonly secrets: readonly Shown[];
  }[];
}

/** What the client made of the answers. */
async function ask<T>(fake: FakeInfisical, reads: readonly Read[]): Promise<T[]> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", "--config", `${ORACLES}deno.json`, `${ORACLES}infisical.ts`]
      .concat(fake.address, JSON.stringify(reads)),
    stdout: "piped",
    stderr: "piped",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

function pairs(secrets: readonly Shown[]): Record<string, string> {
  return Object.fromEntries(secrets.map((each) => [each.secretKey, each.secretValue]));
}

const OPTIONS = {
  projectId: PROJECT,
  environment: "prod",
  secretPath: "/",
  includeImports: true,
  expandSecretReferences: true,
  recursive: false,
};

Deno.test("@infisical/sdk reads secrets, imports and logins of the fake, by v3 and by v4", async () => {
  await using fake = new FakeInfisical();
  fake.identity("client", "client-secret");
  fake.folder(PROJECT, "prod", "/", {
    KEY: 'a "quoted"\nvalue',
    HOST: "db",
    URL: "https://${HOST}/é",
    HIDDEN: { value: "never shown", hidden: true },
  }, [{ environment: "shared", path: "/base" }]);
  fake.folder(PROJECT, "prod", "/below", { DEEP: "deep" });
  fake.folder(PROJECT, "shared", "/base", {
    KEY: "of the import",
    BASE: "base",
    CLOSED: { value: "x", hidden: true },
  });
  const token = fake.token();
  const kinds: readonly Omit<Read, "version">[] = [
    { credentials: ["client", "client-secret"], options: OPTIONS },
    { credentials: [token], options: { ...OPTIONS, includeImports: false, recursive: true } },
    { credentials: [token], options: { ...OPTIONS, expandSecretReferences: false } },
    { credentials: [token], options: { ...OPTIONS, viewSecretValue: false } },
    { credentials: [token], options: { ...OPTIONS, secretPath: "/below/" } },
  ];
  const versions = ["v3", "v4"] as const;
  const answers = await ask<Listed>(
    fake,
    versions.flatMap((version) => kinds.map((kind) => ({ ...kind, version }))),
  );
  assert.equal(fake.logins, 2);
  for (const index of versions.keys()) {
    const [all, deep, raw, names, below] = answers.slice(index * kinds.length);
    assert.deepEqual(pairs(all!.secrets), {
      KEY: 'a "quoted"\nvalue',
      HOST: "db",
      URL: "https://db/é",
      HIDDEN: "<hidden-by-infisical>",
    });
    assert.deepEqual(
      all!.secrets.map(({ secretValueHidden }) => secretValueHidden),
      [false, false, false, true],
    );
    assert.deepEqual(
      all!.imports.map(({ environment, secretPath, secrets }) => [
        environment,
        secretPath,
        pairs(secrets),
      ]),
      [["shared", "/base", { KEY: "of the import", BASE: "base" }]],
    );
    assert.equal(pairs(deep!.secrets).DEEP, "deep");
    assert.deepEqual(deep!.imports, []);
    assert.equal(pairs(raw!.secrets).URL, "https://${HOST}/é");
    assert.ok(names!.secrets.every((each) => each.secretValueHidden));
    assert.deepEqual(pairs(below!.secrets), { DEEP: "deep" });
  }
  const asked = new Set(fake.paths);
  assert.deepEqual([...asked], [
    "/api/v1/auth/universal-auth/login",
    "/api/v3/secrets/raw",
    "/api/v4/secrets",
  ]);
});

Deno.test("@infisical/sdk words the fake's errors as the real service's", async () => {
  await using fake = new FakeInfisical({ v4: false });
  fake.identity("client", "client-secret");
  fake.identity("used", "client-secret", { uses: 0 });
  fake.folder(PROJECT, "prod", "/", { KEY: "value" });
  const options = OPTIONS;
  const token = fake.token();
  const cases: readonly (readonly [status: number, words: RegExp, read: Read])[] = [
    [401, /Invalid credentials$/, { version: "v3", credentials: ["client", "wrong"], options }],
    [401, /usage limit reached$/, {
      version: "v3",
      credentials: ["used", "client-secret"],
      options,
    }],
    [403, /access token is malformed/, { version: "v3", credentials: ["opaque"], options }],
    [403, /invalid signature$/, { version: "v3", credentials: ["e.y.j"], options }],
    [403, /Your token has expired\. Please re-authenticate\.$/, {
      version: "v3",
      credentials: [fake.token({ expired: true })],
      options,
    }],
    [403, /You are not a member of this project with ID 4a1f0c1e/, {
      version: "v3",
      credentials: [fake.token({ projects: [] })],
      options,
    }],
    [404, /Project with my-project not found$/, {
      version: "v3",
      credentials: [token],
      options: { ...options, projectId: "my-project" },
    }],
    [404, /Folder with path '\/' in environment 'staging' was not found/, {
      version: "v3",
      credentials: [token],
      options: { ...options, environment: "staging" },
    }],
    [404, /Route GET:\/api\/v4\/secrets\?.* not found$/, {
      version: "v4",
      credentials: [token],
      options,
    }],
  ];
  const answers = await ask<{ error: string }>(fake, cases.map(([, , read]) => read));
  for (const [index, [status, words]] of cases.entries()) {
    const { error } = answers[index]!;
    assert.ok(error.includes(`[StatusCode=${status}]`), error);
    assert.match(error, words);
  }
});

Deno.test("@infisical/sdk tries the fake's 429 again", async () => {
  await using fake = new FakeInfisical();
  fake.folder(PROJECT, "prod", "/", { KEY: "value" });
  fake.fail({ status: 429, headers: { "retry-after": "1" }, body: "{}", times: 1 });
  const read: Read = { version: "v3", credentials: [fake.token()], options: OPTIONS };
  const [answer] = await ask<Listed>(fake, [read]);
  assert.deepEqual(pairs(answer!.secrets), { KEY: "value" });
  assert.deepEqual(fake.seen.map(({ status }) => status), [429, 200]);
});
