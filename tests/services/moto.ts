/**
 * moto's server for tests: AWS services in Python, by other people than us.
 *
 * It is installed once into the user's cache folder with pip. Where Python, pip or its registry is
 * not to be had, findMoto() says why, and tests that need it are ignored with that reason.
 */

const VERSION = "5.2.5";
/** What `moto[server]` brings and these two services do not need is another 210 MB. */
const PACKAGES = [`moto==${VERSION}`, "flask", "flask-cors", "pyyaml"];

/** Where moto is, or why it is not. */
export type Moto = { readonly folder: string } | { readonly missing: string };

/** Installs moto if it is not there yet; processes that race install it twice, and one wins. */
export async function findMoto(): Promise<Moto> {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
  const folder = `${cache}/dicode_tests/moto-${VERSION}`;
  if (await Deno.stat(folder).then(() => true, () => false)) return { folder };
  await Deno.mkdir(`${cache}/dicode_tests`, { recursive: true });
  const fresh = await Deno.makeTempDir({ dir: `${cache}/dicode_tests`, prefix: "moto-" });
  try {
    const { code, stderr } = await new Deno.Command("python3", {
      args: [
        ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"],
        ...["--retries", "1", "--timeout", "10", "--target", fresh, ...PACKAGES],
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      signal: AbortSignal.timeout(180_000),
    }).output();
    if (code !== 0) {
      const said = new TextDecoder().decode(stderr).trim().split("\n").at(-1);
      return { missing: `pip cannot install it: ${said || `exit code ${code}`}` };
    }
    await Deno.rename(fresh, folder).catch(async (error) => {
      await Deno.stat(folder).catch(() => Promise.reject(error));
    });
    return { folder };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { missing: "there is no python3" };
    throw error;
  } finally {
    await Deno.remove(fresh, { recursive: true }).catch(() => {});
  }
}

/** A server on loopback with nothing in it; it ends with its test. */
export class MotoServer implements AsyncDisposable {
  private constructor(readonly address: string, readonly child: Deno.ChildProcess) {}

  static async start(folder: string): Promise<MotoServer> {
    const child = new Deno.Command("python3", {
      args: ["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"],
      clearEnv: true,
      env: { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin", PYTHONPATH: folder, HOME: folder },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const server = new MotoServer(await readAddress(child), child);
    return server;
  }

  /** Asks as AWS's clients do; moto does not look at signatures. */
  async call(target: string, input: object): Promise<Record<string, unknown>> {
    const service = target.startsWith("AmazonSSM") ? "ssm" : "secretsmanager";
    const response = await fetch(this.address, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": target,
        authorization: `AWS4-HMAC-SHA256 Credential=AKIDTEST/20260101/eu-west-1/${service}/` +
          "aws4_request, SignedHeaders=host, Signature=none",
      },
      body: JSON.stringify(input),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`moto answered ${response.status}: ${answer.__type}`);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.child.kill("SIGKILL");
    } catch {
      // It is gone already.
    }
    await this.child.status;
  }
}

/** The address that it says it runs on; what else it says is read to the end, and dropped. */
async function readAddress(child: Deno.ChildProcess): Promise<string> {
  const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`moto ended before it ran:\n${said}`);
    said += value;
    const [, address] = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(said) ?? [];
    if (address === undefined) continue;
    (async () => {
      while (!(await reader.read()).done);
    })().catch(() => {});
    return address;
  }
}
