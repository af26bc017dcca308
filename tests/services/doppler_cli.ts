/**
 * Doppler's own command line, for tests: built once by `go install` into the user's cache, and run
 * against an address of loopback.
 *
 * The program is `TEST_DOPPLER`, or the one in the cache. Where there is neither and it cannot be
 * built, DOPPLER_MISSING says why, and tests skip with that reason.
 */
import assert from "node:assert/strict";
import type { Shown } from "../helpers.ts";
import { findCached } from "./cached_program.ts";

/** The newest version that Go's module proxy has: the releases after it have no module version. */
const VERSION = "v0.5.11-0.20230908185655-7aef4713e1a4";

const found = await findCached({
  variable: "TEST_DOPPLER",
  folder: `doppler-${VERSION}`,
  file: "cli",
  install: (staging, spare) => ({
    program: "go",
    args: ["install", "-modcacherw", `github.com/DopplerHQ/cli@${VERSION}`],
    env: { GOBIN: staging, GOPATH: spare, GOFLAGS: "", CGO_ENABLED: "0" },
  }),
  installed: "cli",
}).catch((error: Error) => ({ missing: error.message }));

/** Why there is no Doppler CLI here, as the end of a test's name; undefined where there is one. */
export const DOPPLER_MISSING: string | undefined = typeof found === "string"
  ? undefined
  : found.missing;

/** Registers a test that needs Doppler's CLI; without it, it is skipped, with the reason. */
export function testWithDoppler(name: string, body: () => Promise<void>): void {
  const reason = DOPPLER_MISSING === undefined ? "" : ` (skipped: ${DOPPLER_MISSING})`;
  Deno.test({ name: name + reason, ignore: reason !== "", fn: body });
}

/** Doppler's CLI with a HOME of its own; gone when the test ends. */
export class DopplerCli implements AsyncDisposable {
  private constructor(readonly home: string, readonly address: string) {}

  /** @param address where it looks for the service. */
  static async make(address: string): Promise<DopplerCli> {
    const home = await Deno.makeTempDir({ prefix: "dct-doppler-" });
    await Deno.mkdir(`${home}/.doppler/fallback`, { recursive: true });
    await Deno.writeTextFile(`${home}/.doppler.yaml`, "analytics:\n  disable: true\n");
    return new DopplerCli(home, address);
  }

  /** Runs it to its end. */
  async run(...args: readonly string[]): Promise<Shown> {
    assert.ok(typeof found === "string", "there is no Doppler CLI here: see DOPPLER_MISSING");
    const own = ["--config-dir", this.home, "--no-check-version", "--no-read-env"];
    // Nothing listens there: whatever it would send elsewhere ends on this machine.
    const nowhere = "http://127.0.0.1:1";
    const { code, stdout, stderr } = await new Deno.Command(found, {
      args: [...args, "--api-host", this.address, "--attempts", "2", ...own],
      clearEnv: true,
      env: { HOME: this.home, PATH: "/usr/bin:/bin", HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere },
      cwd: this.home,
      stdin: "null",
      signal: AbortSignal.timeout(60_000),
    }).output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.home, { recursive: true });
  }
}
