/**
 * Declared variables -> their values and what of them must be masked; for `check`, their origins.
 *
 * All that is missing is named at once, before anything runs. `DICODE_*` never resolves (task.ts and
 * the chain refuse it), and no message holds a value.
 */
import { SandboxError, SecretError } from "../sdk/errors.ts";
import type { Chain, Closed, Found, Resolution } from "../store/chain.ts";
import type { ProviderConfig } from "../store/provider_config.ts";
import { findValueFault } from "../store/rules.ts";
import { cureFor } from "./cures.ts";
import type { EnvEntry, Task } from "./task.ts";
import { isProxyVariable, netGrants, parseProxy } from "./task_proxy.ts";

/** `from:` values shorter than this are not masked: they are more often words than secrets. */
const MASKED_FROM_BYTES = 8;
/** The kernel refuses to start a program with a longer variable, or with more in all (execve(2)). */
const VARIABLE_LIMIT_BYTES = 128 * 1024;
const ENVIRONMENT_LIMIT_BYTES = 1024 * 1024;

export interface Sources {
  readonly env: (name: string) => string | undefined;
  readonly chain: Chain;
  readonly signal: AbortSignal;
  /** Names with credentials of providers. Default none. */
  readonly closed?: Closed;
  /** What the chain was made of, for hints. Default: one that asks the store. */
  readonly providers?: readonly ProviderConfig[];
}

/**
 * @param conceal told each secret as soon as it is known, before anything else is done with it.
 * @throws {SecretError} secret_unresolved, naming every variable that lacks a value; value_unusable.
 * @throws {SandboxError} grant_refused: a proxy that `net` does not list; a provider's credential.
 */
export async function resolveVariables(
  task: Task,
  sources: Sources,
  conceal: (value: string) => void,
): Promise<Readonly<Record<string, string>>> {
  const { env } = task.permissions;
  const keys = env.flatMap((entry) => entry.kind === "secret" ? [entry.secret] : []);
  refuseClosed(env, sources.closed);
  const resolution = keys.length > 0
    ? await sources.chain.resolve([...new Set(keys)], sources.signal)
    : undefined;
  const found = resolution?.found ?? new Map<string, Found>();
  const variables: Record<string, string> = {};
  const missing: EnvEntry[] = [];
  for (const entry of env) {
    const value = entry.kind === "secret"
      ? found.get(entry.secret)?.secret.reveal()
      : entry.kind === "value"
      ? entry.value
      : readHost(entry.kind === "from" ? entry.from : entry.name, sources);
    if (value !== undefined) {
      if (isMasked(entry, value)) conceal(value);
      refuseUnusable(task, entry, value);
      variables[entry.name] = value;
    } else if (entry.kind !== "pass") {
      if ("optional" in entry && entry.optional) variables[entry.name] = "";
      else missing.push(entry);
    }
  }
  if (missing.length > 0) throw unresolved(missing, resolution, sources);
  refuseTooMany(task, variables);
  return variables;
}

/** Where one variable's value would come from; `null` is nowhere. */
export interface Origin {
  readonly name: string;
  /** The secret's key, or the host's variable. */
  readonly source: string;
  readonly kind: EnvEntry["kind"];
  /** The provider that has it, `host`, `task.yaml`, or null. */
  readonly from: string | null;
  readonly required: boolean;
}

/** Says for each declared variable where its value would come from; fetches no value if it can. */
export async function locateVariables(task: Task, sources: Sources): Promise<Origin[]> {
  const { env } = task.permissions;
  refuseClosed(env, sources.closed);
  const keys = env.flatMap((entry) => entry.kind === "secret" ? [entry.secret] : []);
  const located = keys.length > 0
    ? await sources.chain.locate([...new Set(keys)], sources.signal)
    : new Map<string, string>();
  return env.map((entry) => {
    const { name, kind } = entry;
    if (entry.kind === "value") {
      return { name, kind, source: name, from: "task.yaml", required: true };
    }
    if (entry.kind === "secret") {
      const from = located.get(entry.secret) ?? null;
      return { name, kind, source: entry.secret, from, required: !entry.optional };
    }
    const source = entry.kind === "from" ? entry.from : name;
    const from = readHost(source, sources) === undefined ? null : "host";
    return { name, kind, source, from, required: entry.kind === "from" && !entry.optional };
  });
}

/**
 * SECURITY: a provider's own credential opens all that the provider holds: no task gets it
 * (tests/e2e/providers_test.ts).
 */
function refuseClosed(env: readonly EnvEntry[], closed: Closed | undefined): void {
  for (const entry of env) {
    const { name, where } = entry;
    const variable = entry.kind === "pass" ? name : entry.kind === "from" ? entry.from : undefined;
    const isClosed = variable !== undefined && closed?.variable(variable) ||
      entry.kind === "secret" && closed?.key(entry.secret);
    if (!isClosed) continue;
    const what = variable ?? `the secret ${JSON.stringify((entry as { secret: string }).secret)}`;
    throw new SandboxError(
      "grant_refused",
      `cannot grant ${what}: it holds the credential of a provider of secrets`,
      {
        where,
        hint: `if tasks may read it all the same, add to dicode.yaml: expose: [${
          variable ?? (entry as { secret: string }).secret
        }]`,
      },
    );
  }
}

/** The error for variables without a value: every one, the providers asked, and what would set it. */
function unresolved(
  missing: readonly EnvEntry[],
  { asked = [], passedOver = [] }: Partial<Resolution> = {},
  { closed, providers }: Pick<Sources, "closed" | "providers"> = {},
): SecretError {
  const names = missing.map((entry) =>
    entry.kind === "secret"
      ? `${entry.name} (secret "${entry.secret}")`
      : `${entry.name} (host variable ${entry.kind === "from" ? entry.from : entry.name})`
  );
  const parts = [
    asked.length > 0 ? `; asked: ${asked.join(", ")}` : "",
    passedOver.length > 0 ? `; passed over: ${passedOver.join(", ")}` : "",
  ];
  const hints = missing.map((entry) => {
    const { kind, name } = entry;
    const source = kind === "secret" ? entry.secret : kind === "from" ? entry.from : name;
    return cureFor({ kind, source }, providers);
  });
  for (const entry of missing) {
    if (entry.kind !== "secret" || !closed?.variable(entry.secret)) continue;
    hints.push(`or, to take it from the variable, expose: [${entry.secret}] in dicode.yaml`);
  }
  return new SecretError(
    "secret_unresolved",
    `cannot resolve ${names.join(", ")}: not found${parts.join("")}`,
    { hint: [...new Set(hints)].join("; "), where: missing[0]!.where },
  );
}

function readHost(name: string, { env }: Sources): string | undefined {
  try {
    return env(name);
  } catch {
    // SECURITY: Deno.env.get quotes a value that is not UTF-8 in its message: no `cause`
    // (tests/e2e/masking_test.ts).
    throw new SecretError(
      "value_unusable",
      `cannot read the host variable ${name}: its value is not UTF-8 text`,
      { hint: `unset ${name}, or set it to text (binary data as base64)` },
    );
  }
}

function isMasked(entry: EnvEntry, value: string): boolean {
  if (entry.mask !== undefined) return entry.mask;
  if (entry.kind === "secret") return true;
  return entry.kind === "from" && new TextEncoder().encode(value).length >= MASKED_FROM_BYTES;
}

function refuseUnusable(task: Task, entry: EnvEntry, value: string): void {
  const { name, where } = entry;
  const fault = value === "" ? undefined : findValueFault(value);
  if (fault !== undefined) {
    const { hint } = fault;
    throw new SecretError("value_unusable", `cannot set ${name}: ${fault.state}`, { where, hint });
  }
  // SECURITY: fetch() reads these at its first use, and a proxy goes round `net`
  // (tests/e2e/variables_test.ts).
  if (isProxyVariable(name) && value !== "") {
    const proxy = parseProxy(value);
    const net = task.permissions.net.map((host) => host.value);
    if (proxy === undefined || !netGrants(net, proxy)) {
      throw new SandboxError("grant_refused", `cannot set ${name}: its host is not under net`, {
        where,
        hint: "add the proxy's host and port to permissions.net",
      });
    }
  }
}

function refuseTooMany(task: Task, variables: Readonly<Record<string, string>>): void {
  if (task.permissions.run.length === 0) return;
  let total = 0;
  for (const [name, value] of Object.entries(variables)) {
    const bytes = new TextEncoder().encode(`${name}=${value}`).length + 1;
    total += bytes;
    if (bytes >= VARIABLE_LIMIT_BYTES || total >= ENVIRONMENT_LIMIT_BYTES) {
      throw new SecretError(
        "value_unusable",
        `cannot set ${name} for a task with run: ${
          bytes >= VARIABLE_LIMIT_BYTES
            ? "a variable must be under 128 KiB"
            : "all variables together must be under 1 MiB"
        }, or no program starts`,
        { hint: "pass it on the program's standard input" },
      );
    }
  }
}
