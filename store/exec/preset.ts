/** What `exec` knows of a program: how it is called, and what its answers mean. */
import type { FailureKind } from "../provider.ts";

/** What a failure of a program's means: the first whose conditions hold counts. */
export interface Meaning {
  /** Found in what it wrote to stderr. */
  readonly stderr?: RegExp;
  /** It ended with one of these. */
  readonly exit?: readonly number[];
  readonly kind: FailureKind;
  readonly hint: string;
}

/** One program. */
export interface Preset {
  /** The argument vector; `{key}` is the name of the secret, `{file}` the option `file`. */
  readonly command: readonly string[];
  /** One sentence for the docs, without a full stop. */
  readonly about: string;
  /** Exit codes that mean "not found". */
  readonly notFoundExit?: readonly number[];
  /** A regular expression; stderr that it matches means "not found". */
  readonly notFoundStderr?: string;
  /** The value is the `first` line; or there is `one`, and where more are printed it is no value. */
  readonly lines?: "first" | "one";
  /** Variables of the host's that it gets beside the usual ones. */
  readonly env?: readonly string[];
  /** Such as hold a credential: hidden in all output. */
  readonly credentials?: readonly string[];
  /** Variables that it gets with these values. */
  readonly set?: Readonly<Record<string, string>>;
  /** The option `file` where dicode.yaml does not say; `{key}` is the name. */
  readonly file?: string;
  /** What dicode.yaml must say beside the preset. */
  readonly needs?: "file and stdin" | "names";
  /** The file that is there if the secret is, looked for first; of these the first that says where. */
  readonly entries?: readonly string[];
  /** What is wrong where the folder of those files is not there. */
  readonly folderHint?: string;
  /** AskedName after a miss, where one answer means two things: if it prints anything, this is meant. */
  readonly doubt?: { readonly command: readonly string[] } & Meaning & { readonly found: string };
  readonly failures?: readonly Meaning[];
  /** With exit 0 and nothing printed, stderr that it matches is a failure all the same. */
  readonly silentFailure?: RegExp;
  /** Whether it cannot answer without the network. */
  readonly network?: boolean;
  /** Whether `dicode doctor` may ask it for a name that is not there. */
  readonly probe?: boolean;
  /** How it is installed. */
  readonly missingHint: string;
}
