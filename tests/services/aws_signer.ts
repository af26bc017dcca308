/** The signer of AWS's own SDK as a process beside the test; see tests/oracles/aws_signature.ts. */

const ORACLES = new URL("../oracles/", import.meta.url).pathname;

/** Signs one request after the other; it starts with the first. */
export class Signer implements AsyncDisposable {
  #child: Deno.ChildProcess | undefined;
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #reader: ReadableStreamDefaultReader<string> | undefined;
  #rest = "";
  #last: Promise<unknown> = Promise.resolve();

  /** The `authorization` header that a request should have. */
  async sign(request: Readonly<Record<string, unknown>>): Promise<string> {
    const signed = this.#last.then(() => this.#sign(JSON.stringify(request)));
    this.#last = signed.catch(() => {});
    return await signed;
  }

  async #sign(line: string): Promise<string> {
    this.#start();
    await this.#writer!.write(new TextEncoder().encode(`${line}\n`));
    while (!this.#rest.includes("\n")) {
      const { value, done } = await this.#reader!.read();
      if (done) throw new Error("the signer of AWS's SDK has ended");
      this.#rest += value;
    }
    const end = this.#rest.indexOf("\n");
    const signature = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end + 1);
    return signature;
  }

  #start(): void {
    if (this.#child !== undefined) return;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--no-prompt", "-A", "--config", `${ORACLES}deno.json`],
        `${ORACLES}aws_signature.ts`,
      ],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#reader = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child === undefined) return;
    await this.#writer!.close().catch(() => {});
    await this.#reader!.cancel().catch(() => {});
    await this.#child.status;
  }
}
