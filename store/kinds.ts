/**
 * The kinds of providers: which there are, and how each is loaded. The only file that imports
 * providers/, each by import() where dicode.yaml names it.
 */
import type { ChainContext } from "./chain.ts";
import type { OptionsOf, OptionTable } from "./options.ts";
import type { Provider } from "./provider.ts";

/** What a rule over several options has found. */
export interface OptionFault {
  /** The option to point at; where it is not written, or none is given, the entry itself. */
  readonly option?: string;
  /** Completes "cannot use this provider: ": `it has neither "ref" nor "map"`. */
  readonly state: string;
  readonly hint?: string;
}

/** What providers get of the host beside their options. */
export interface ProviderContext extends ChainContext {
  /** How often a request is tried again, `retries`; default 2. */
  readonly retries: number;
}

/** What each file under providers/ exports. */
export interface ProviderKind<T extends OptionTable = OptionTable> {
  /** The options of this kind beside those of every provider. */
  readonly OPTIONS: T;
  /** Opens one; it does nothing before it is asked, and throws nothing. */
  open(name: string, options: OptionsOf<T>, context: ProviderContext): Provider;
  /** Rules over several options, for what the file alone shows. */
  validate?(options: OptionsOf<T>): readonly OptionFault[];
  /** Whether it cannot answer without the network; default false. */
  usesNetwork?(options: OptionsOf<T>, env: ChainContext["env"]): boolean;
}

interface Entry {
  // deno-lint-ignore no-explicit-any -- each kind has options of its own
  readonly load: () => Promise<ProviderKind<any>>;
  /** Replaces the chain's time limit. */
  readonly limitMs?: number;
}

const KINDS: Readonly<Record<string, Entry>> = {
  // The store ends its own wait after 10 s and says what it waited for: let it.
  local: {
    load: () =>
      import("./providers/local.ts" as string) as Promise<typeof import("./providers/local.ts")>,
    limitMs: 30_000,
  },
  env: {
    load: () =>
      import("./providers/env.ts" as string) as Promise<typeof import("./providers/env.ts")>,
  },
  dotenv: {
    load: () =>
      import("./providers/dotenv.ts" as string) as Promise<typeof import("./providers/dotenv.ts")>,
  },
  file: {
    load: () =>
      import("./providers/file.ts" as string) as Promise<typeof import("./providers/file.ts")>,
  },
  exec: {
    load: () =>
      import("./providers/exec.ts" as string) as Promise<typeof import("./providers/exec.ts")>,
  },
  vault: {
    load: () =>
      import("./providers/vault.ts" as string) as Promise<typeof import("./providers/vault.ts")>,
  },
  openbao: {
    load: () =>
      import("./providers/openbao.ts" as string) as Promise<
        typeof import("./providers/openbao.ts")
      >,
  },
  // op takes its time: a second or two for a call, and more than one where secrets are missing.
  "1password": {
    load: () =>
      import("./providers/1password.ts" as string) as Promise<
        typeof import("./providers/1password.ts")
      >,
    limitMs: 30_000,
  },
  "1password-connect": {
    load: () =>
      import("./providers/1password_connect.ts" as string) as Promise<
        typeof import("./providers/1password_connect.ts")
      >,
  },
  doppler: {
    load: () =>
      import("./providers/doppler.ts" as string) as Promise<
        typeof import("./providers/doppler.ts")
      >,
  },
  "aws-secrets-manager": {
    load: () =>
      import("./providers/aws_secrets_manager.ts" as string) as Promise<
        typeof import("./providers/aws_secrets_manager.ts")
      >,
  },
  "aws-ssm": {
    load: () =>
      import("./providers/aws_ssm.ts" as string) as Promise<
        typeof import("./providers/aws_ssm.ts")
      >,
  },
  infisical: {
    load: () =>
      import("./providers/infisical.ts" as string) as Promise<
        typeof import("./providers/infisical.ts")
      >,
  },
  sops: {
    load: () =>
      import("./providers/sops.ts" as string) as Promise<typeof import("./providers/sops.ts")>,
  },
  age: {
    load: () =>
      import("./providers/age.ts" as string) as Promise<typeof import("./providers/age.ts")>,
  },
  // A start of Deno, and whatever its task does.
  task: {
    load: () =>
      import("./providers/task.ts" as string) as Promise<typeof import("./providers/task.ts")>,
    limitMs: 30_000,
  },
};

/** The names of the kinds, as `type` has them. */
export function listKinds(): string[] {
  return Object.keys(KINDS);
}

/** The kind of that name, or undefined. */
export async function loadKind(type: string): Promise<ProviderKind | undefined> {
  return Object.hasOwn(KINDS, type) ? await KINDS[type]!.load() : undefined;
}

/** How long providers of a kind may take where dicode.yaml does not say; undefined for the usual. */
export function limitOf(type: string): number | undefined {
  return Object.hasOwn(KINDS, type) ? KINDS[type]!.limitMs : undefined;
}
