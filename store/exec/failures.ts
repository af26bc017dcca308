/** How a program of `exec` failed, in words: its exit code, and the line of stderr that says why. */
import { ProviderFailure } from "../provider.ts";
import { quoteWhole } from "../quote.ts";
import { lastLine, type ToolEnd } from "../ask_tool.ts";
import type { Meaning } from "./preset.ts";

/** A failed run. */
export interface Failed {
  readonly provider: string;
  /** The program, as the command names it. */
  readonly program: string;
  /** The key that was asked for, if it was one. */
  readonly key?: string;
  readonly ended: ToolEnd;
  /** Texts that no message shows, if stderr has them. */
  readonly hidden: readonly string[];
  /** What its failures may mean. */
  readonly meanings: readonly Meaning[];
  /** The hint where none of them fits. */
  readonly hint: string;
}

/** The failure. What the program printed on stdout is in no part of it. */
export function makeFailure(failed: Failed): ProviderFailure {
  const { provider, program, key, ended, meanings } = failed;
  const stderr = ended.stderr.trim();
  const meaning = meanings.find((each) =>
    (each.exit === undefined || each.exit.includes(ended.code)) &&
    (each.stderr === undefined || each.stderr.test(stderr))
  );
  const telling = meaning?.stderr && stderr.split("\n").findLast((l) => meaning.stderr!.test(l));
  // SECURITY: a program may say a value or a credential in its error:
  // tests/providers/exec_test.ts.
  const said = lastLine(telling ?? stderr, [...failed.hidden, ...linesOf(ended.stdout)]);
  const how = ended.signal === null ? `exits with ${ended.code}` : `is ended by ${ended.signal}`;
  const why = said === "" ? "and says nothing on stderr" : `and says ${quoteWhole(said)}`;
  const about = key === undefined ? "" : `cannot get ${quoteWhole(key)}: `;
  const found = `${about}${quoteWhole(program)} ${how} ${why}`;
  return new ProviderFailure(provider, meaning?.kind ?? "tool_failed", found, {
    hint: meaning?.hint ?? failed.hint,
  });
}

/** What it printed, whole and line by line: each may be a value. */
function linesOf(stdout: Uint8Array): string[] {
  const text = new TextDecoder().decode(stdout);
  return [text.trim(), ...text.split("\n").map((line) => line.trim())];
}
