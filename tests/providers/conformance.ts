/**
 * What every kind of provider must do, whatever is behind it: one test for each scenario, with the
 * real CLI, a task that wants one secret, and a look for values and credentials in all that is shown.
 *
 * A kind tells how each scenario comes about (a Setup), or why it cannot.
 */
import assert from "node:assert/strict";
import type { FailureKind } from "../../mod.ts";
import { ISOLATION, type Shown, World } from "../helpers.ts";

/** What happens behind the provider, and what must come of it where the Setup does not say. */
export const SCENARIOS = {
  found: ["it has the secret", "value"],
  absent: ["it has no such secret", "absent"],
  empty: ["it has the secret, and its value is empty", "absent"],
  deleted: ["it had the secret once", "absent"],
  ambiguous: ["two things answer to the name", ["misconfigured", "bad_answer"]],
  unauthorised: ["its credential is wrong", ["unauthenticated"]],
  forbidden: ["its credential may not read the secret", ["denied"]],
  limited: ["429 with Retry-After: 1, then an answer", "value"],
  flaky: ["500, then an answer", "value"],
  hang: ["nothing comes (the entry's timeout is 1s)", ["unreachable"]],
  truncated: ["its JSON breaks off", ["bad_answer", "unreachable"]],
  huge: ["2 MiB", ["bad_answer"]],
  html: ["502 and a page of HTML, every time", ["unreachable", "bad_answer"]],
  redirect: ["a redirect to another host", ["bad_answer"]],
  wrongCa: ["a certificate that nobody here signed", ["misconfigured"]],
  newline: ["a newline in its credential", ["misconfigured"]],
} as const satisfies Record<string, readonly [string, Expected]>;

export type Scenario = keyof typeof SCENARIOS;

/** `value`: the task gets the value; `absent`: the next provider is asked; else a failure of a kind. */
export type Expected = "value" | "absent" | readonly FailureKind[];

/** A scenario, ready: what dicode.yaml says of the provider, and the host's environment. */
export interface Setup {
  /** The entry's fields beside `type` and `timeout`. */
  readonly entry: Readonly<Record<string, unknown>>;
  /** Variables of the host. */
  readonly env?: Readonly<Record<string, string>>;
  /** The provider's credentials: nothing that is shown may hold one. */
  readonly credentials?: readonly string[];
  /** What must come of it; default that of SCENARIOS. */
  readonly expected?: Expected;
  /** What must be in the message or the hint of a failure. */
  readonly said?: RegExp;
}

/** What a scenario is about: the service holds `value` under `key`, where it holds anything. */
export interface Subject {
  readonly world: World;
  readonly key: string;
  readonly value: string;
  /** What is closed when the test ends: servers and the like. */
  readonly stack: AsyncDisposableStack;
}

/** How each scenario comes about for a kind; a text says why it cannot. */
export type Bench = {
  readonly [S in Scenario]: string | ((subject: Subject) => Setup | Promise<Setup>);
};

/** The scenarios of a service's, for a kind that asks none. */
export function withoutService(why: string) {
  return {
    limited: why,
    flaky: why,
    hang: why,
    truncated: why,
    huge: why,
    html: why,
    redirect: why,
    wrongCa: why,
    newline: why,
  } as const satisfies Partial<Bench>;
}

const KEY = "WANTED_KEY";
const FALLBACK = "fallback-0123456789-from-the-environment";

/** The tests of one kind. */
export function testConformance(type: string, bench: Bench): void {
  for (const [scenario, [about, usual]] of Object.entries(SCENARIOS)) {
    const make = bench[scenario as Scenario];
    if (typeof make === "string") continue;
    Deno.test(`${type}: ${about}`, async () => {
      await using stack = new AsyncDisposableStack();
      const world = stack.use(await World.make());
      const value = `canary-${crypto.randomUUID()}`;
      const setup = await make({ world, key: KEY, value, stack });
      const expected = setup.expected ?? usual;
      const shown = await runTask(world, type, setup, { [KEY]: FALLBACK });
      assertHides(shown, setup, value);
      if (expected === "value") await assertGot(shown, value);
      else if (expected === "absent") {
        await assertGot(shown, FALLBACK);
        const alone = await runTask(world, type, setup, {});
        assertHides(alone, setup, value);
        assert.equal(alone.code, 4, alone.stderr);
        assert.match(alone.stderr, /cannot resolve GOT \(secret "WANTED_KEY"\): not found/);
      } else assertFailed(shown, expected, setup);
    });
  }
}

/** Runs the task with the provider before the environment; all that dicode says is wanted. */
export async function runTask(
  world: World,
  type: string,
  { entry, env = {} }: Setup,
  fallback: Readonly<Record<string, string>>,
): Promise<Shown> {
  const dir = await world.mainTask(
    "wants",
    `name: wants\npermissions: { env: [{ name: GOT, secret: ${KEY} }] }\n`,
    `const bytes = new TextEncoder().encode(context.env.get("GOT"));
     return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();`,
  );
  const config = `${world.dir}/dicode.yaml`;
  const providers = [{ type, timeout: "5s", ...entry }, { type: "env" }];
  const text = JSON.stringify({ isolation: ISOLATION, secrets: { providers } });
  await Deno.writeTextFile(config, text);
  return await world.dicode(["--verbose", "--config", config, "run", dir], {
    env: { ...env, ...fallback },
  });
}

async function assertGot({ code, stdout, stderr }: Shown, value: string): Promise<void> {
  assert.equal(code, 0, stderr);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(value));
  assert.equal(stdout, `"${new Uint8Array(digest).toHex()}"\n`, stderr);
}

function assertFailed(shown: Shown, kinds: readonly FailureKind[], { entry, said }: Setup): void {
  const { code, stdout, stderr } = shown;
  assert.equal(code, 4, stderr);
  assert.equal(stdout, "");
  const name = entry.name ?? "[\\w-]+";
  assert.match(stderr, new RegExp(`error: provider "${name}" \\((?:${kinds.join("|")})\\): `));
  assert.match(stderr, /^dicode: hint: /m);
  if (said !== undefined) assert.match(stderr, said);
}

/** No value and no credential in anything that is shown. */
export function assertHides(
  { stdout, stderr }: Shown,
  { credentials = [] }: Setup,
  value: string,
): void {
  for (const secret of [value, FALLBACK, ...credentials]) {
    for (const line of [secret, ...secret.split("\n")]) {
      if (line.length < 6) continue;
      assert.ok(!stdout.includes(line), `stdout shows ${line}: ${stdout}`);
      assert.ok(!stderr.includes(line), `stderr shows ${line}: ${stderr}`);
    }
  }
}
