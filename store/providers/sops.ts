/**
 * A file encrypted with sops as a provider: the program `sops` decrypts it, once for all keys.
 *
 * Why it could not is told by its exit code (`cmd/sops/codes/codes.go`).
 *
 * SECURITY: what it writes to stderr is shown nowhere: it quotes a value that stands in plain text
 * where an encrypted one belongs, and prints a sum over all values (tests/providers/sops_test.ts).
 */
import { askTool, decodeOutput } from "../ask_tool.ts";
import { expandPlace } from "../expand.ts";
import { IDENTITY, namesIdentity, readIdentity } from "../identity.ts";
import type { ProviderContext } from "../kinds.ts";
import { memberProvider, parseMemberText } from "../member_file.ts";
import { findVariableFault, nameOf, naming, option, type OptionsOf } from "../options.ts";
import { type FailureKind, type Provider, ProviderFailure } from "../provider.ts";
import { quoteShell, quoteWhole } from "../quote.ts";
import { findPlace, readSecretFile } from "../secret_file.ts";

/** SECURITY: it would be looked for in the folder that dicode is started in: tests/providers/file_test.ts. */
const RELATIVE = { state: "is a relative path", hint: "write a whole path, or a name on PATH" };

/** What dicode.yaml may say of it. */
export const OPTIONS = {
  file: option.path("the encrypted file", { required: true }),
  ...IDENTITY,
  input_type: option.choice(["yaml", "json", "dotenv", "ini"], "how the file is written", {
    default: "by the ending of its name",
  }),
  command: {
    ...option.text("the program: its path, or its name on PATH", {
      default: "sops",
      check: (command) =>
        /^(?:[^/]+|(?:~|\$\w+|\$\{\w+\})?\/.+)$/.test(command) ? undefined : RELATIVE,
    }),
    isRun: true,
  },
  pass_env: option.list("more variables of the host that it gets", { check: findVariableFault }),
  ...naming("the name in the file"),
} as const;

type Options = OptionsOf<typeof OPTIONS>;

/** What it reads the keys by that dicode.yaml does not name. */
const PASSED = [
  "SOPS_AGE_KEY SOPS_AGE_KEY_FILE SOPS_AGE_KEY_CMD SOPS_AGE_SSH_PRIVATE_KEY_FILE",
  "SOPS_AGE_SSH_PRIVATE_KEY_CMD SOPS_GPG_EXEC SOPS_DECRYPTION_ORDER SOPS_KEYSERVICE",
  "AWS_PROFILE AWS_REGION AWS_DEFAULT_REGION AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE",
  "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_ROLE_ARN",
  "AWS_WEB_IDENTITY_TOKEN_FILE GOOGLE_APPLICATION_CREDENTIALS GOOGLE_CREDENTIALS",
  "AZURE_TENANT_ID AZURE_CLIENT_ID AZURE_CLIENT_SECRET AZURE_FEDERATED_TOKEN_FILE",
  "VAULT_ADDR VAULT_TOKEN VAULT_NAMESPACE VAULT_CACERT",
].join(" ").split(" ");

/** Exit codes that have one meaning. */
const CODES: Readonly<Record<number, readonly [kind: FailureKind, state: string]>> = {
  2: ["unreachable", "sops cannot read it"],
  24: ["bad_answer", "its MAC does not decrypt: it was changed since it was encrypted"],
  25: ["bad_answer", "a value in it does not decrypt: it was changed without sops"],
  51: ["bad_answer", "its MAC is not that of its values: it was changed without sops"],
  52: ["bad_answer", "it has no MAC: it was changed without sops"],
  100: ["misconfigured", "there is no such file"],
  128: ["unauthenticated", "no key that opens it is to be had here"],
};

/** A key that is no identity of age may lie in a cloud: which kind it is, only sops knows. */
export function usesNetwork(options: Options): boolean {
  return !namesIdentity(options);
}

/** Opens one; sops runs when it is asked. */
export function open(name: string, options: Options, context: ProviderContext): Provider {
  const { input_type, pass_env = [] } = options;
  return memberProvider(name, (key) => nameOf(options, key).name, async (signal) => {
    const path = findPlace(name, options.file ?? "", context.env);
    // That it is a file is looked at here: sops would wait for the writer of a pipe.
    await readSecretFile(name, path);
    const type = input_type === undefined ? [] : ["--input-type", input_type];
    const program = expandPlace(options.command ?? "sops", context.env);
    const argv = [program, "decrypt", "--output-type", "json", ...type, path];
    const { warnings, ...variables } = await findVariables(name, options, context);
    const pass = [...pass_env, ...variables.pass];
    const missingHint = "install sops, or write its path: command: /usr/local/bin/sops";
    const call = { ...variables, provider: name, argv, env: context.env, pass, missingHint };
    const { code, stdout, stderr } = await askTool(call, signal);
    if (code !== 0) throw explain(name, path, argv, code, stderr);
    const text = decodeOutput(call, stdout);
    return { values: parseMemberText(name, path, text, "json"), warnings };
  }, context.note);
}

/** The variables by which sops finds its keys. */
async function findVariables(provider: string, options: Options, context: ProviderContext) {
  if (!namesIdentity(options)) return { pass: PASSED, warnings: [] };
  const { text, file, warnings } = await readIdentity(provider, options, context);
  // A path where there is one: an environment can be read by whatever runs as the same user.
  const set: Record<string, string> = file === undefined
    ? { SOPS_AGE_KEY: text }
    : { SOPS_AGE_KEY_FILE: file };
  return { pass: [], set, warnings };
}

/** Why sops failed. Its words are looked into, and never shown. */
function explain(
  provider: string,
  path: string,
  argv: readonly string[],
  code: number,
  stderr: string,
): ProviderFailure {
  const fail = (kind: FailureKind, state: string, hint: string) => {
    const found = `cannot open ${quoteWhole(path)}: ${state}`;
    return new ProviderFailure(provider, kind, found, { hint });
  };
  const byHand = `${argv.map(quoteShell).join(" ")} >/dev/null`;
  if (code === 1 && stderr.includes("sops metadata not found")) {
    return fail(
      "bad_answer",
      "it is not encrypted with sops",
      `sops encrypt -i ${quoteShell(path)}`,
    );
  }
  if (code === 1 && stderr.includes("Could not unmarshal input data")) {
    const hint = "write input_type in dicode.yaml if its name does not say how it is written";
    return fail("bad_answer", "it is cut off, or not of the type that its name says", hint);
  }
  const [kind, state] = CODES[code] ?? ["tool_failed", `sops ended with exit code ${code}`];
  const hint = code === 128
    ? `identity_file: PATH in dicode.yaml names one of age; ${byHand} says what was tried`
    : `${byHand} says more`;
  return fail(kind, state, hint);
}
