/**
 * Mistakes on the command line, in dicode's words. The library's own texts quote arguments, and an
 * argument may be a secret: these name flags that dicode knows, and nothing that was typed.
 */
import { ArgumentScannerError, formatMessageForArgumentScannerError } from "@stricli/core";
import { type ApplicationText, text_en } from "@stricli/core";
import { UsageError } from "../sdk/errors.ts";
import { nearest } from "./nearest.ts";

/** Flags that no command's own table lists. */
const GLOBAL_FLAGS = ["data-dir", "config", "no-color", "verbose", "help"];

/** What was wrong with the arguments, for dicode to say in place of the library. */
export class Mistakes {
  /** The first mistake: the library stops there. */
  found: UsageError | undefined;
  readonly #help: string;

  /** @param command the command that the arguments name, such as `secrets set`; "" for none. */
  constructor(command: string) {
    this.#help = `dicode ${command} --help`.replace("  ", " ");
  }

  /** The table of texts; errors are kept here and printed by the host. */
  readonly text: ApplicationText = {
    ...text_en,
    headers: {
      usage: "Usage",
      aliases: "Aliases",
      commands: "Commands",
      flags: "Flags",
      arguments: "Arguments",
    },
    briefs: {
      ...text_en.briefs,
      help: "print this help and exit",
      helpAll: "print this help, with hidden commands and flags, and exit",
      version: "print the version and exit",
      argumentEscapeSequence: "what follows is taken as arguments",
    },
    noCommandRegisteredForInput: ({ input, corrections }) => {
      if (input.startsWith("-")) {
        return this.#keep("there is no such flag", suggestFlag(input, ["version"]));
      }
      // The library quotes its corrections, and finds `check` near `help`.
      const near = nearest(input, corrections.map((name) => name.replaceAll("`", "")));
      return this.#keep("there is no such command", near && `did you mean "${near}"?`);
    },
    exceptionWhileParsingArguments: (error) => {
      const message = error instanceof ArgumentScannerError
        ? formatMessageForArgumentScannerError(error, {
          FlagNotFoundError: ({ input, corrections }) => {
            this.#hint = suggestFlag(input, corrections);
            return "there is no such flag";
          },
          AliasNotFoundError: () => "there is no such flag",
          // Only switches are parsed; the exception quotes what was given.
          ArgumentParseError: ({ externalFlagNameOrPlaceholder: name }) =>
            `cannot use --${name}: it takes no value`,
          EnumValidationError: ({ externalFlagName, values }) =>
            `cannot use --${externalFlagName}: it is one of ${values.join(", ")}`,
          UnsatisfiedFlagError: ({ externalFlagName }) =>
            `cannot use --${externalFlagName}: it has no value`,
          UnexpectedPositionalError: ({ expectedCount }) =>
            `too many arguments: it takes ${expectedCount || "none"}`,
          UnsatisfiedPositionalError: ({ placeholder }) => `<${placeholder}> is missing`,
          InvalidNegatedFlagSyntaxError: ({ externalFlagName }) =>
            `--${externalFlagName} takes no value`,
          UnexpectedFlagError: ({ externalFlagName }) => `--${externalFlagName} is given twice`,
        })
        : "the arguments are not understood";
      return this.#keep(message, this.#hint);
    },
  };

  #hint: string | undefined;

  #keep(message: string, hint: string | undefined): string {
    this.found ??= new UsageError("usage", message, { hint: hint ?? this.#help });
    return "";
  }
}

function suggestFlag(input: string, known: readonly string[]): string | undefined {
  const name = input.replace(/^-+/, "").replace(/=.*/s, "");
  const names = known.map((flag) => flag.replace(/[A-Z]/g, (letter) => "-" + letter.toLowerCase()));
  const near = nearest(name, [...names, ...GLOBAL_FLAGS]);
  return near && `did you mean --${near}?`;
}
