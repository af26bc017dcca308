/** Programs that stand in for others: shell scripts, in a folder that a test puts on PATH. */

/** A folder of stubs below a test's own. */
export class Stubs {
  constructor(private readonly dir: string) {}

  /** The PATH with the stubs before the system's programs. */
  get path(): string {
    return `${this.dir}/bin:/usr/bin:/bin`;
  }

  /** Writes a program; its body is what a POSIX shell runs. Returns its path. */
  async write(name: string, body: string): Promise<string> {
    await Deno.mkdir(`${this.dir}/bin`, { recursive: true });
    const path = `${this.dir}/bin/${name}`;
    await Deno.writeTextFile(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    return path;
  }
}
