/**
 * The least that a run could take: a host that starts the same child in the same way, hands it its
 * lines, carries its output and removes its folders, and checks nothing, resolves nothing, masks
 * nothing. What a run takes beyond it is dicode's own; this much is Deno's, the kernel's and the walls'.
 *
 * Arguments: what a head start remembered of a run behind Deno's permissions (runtime/head_start.ts),
 * then the programs that Child.spawn puts before it (runtime/child.ts).
 */
const [file, ...before] = Deno.args;
const start = JSON.parse(Deno.readTextFileSync(file!));
const folder = `${start.folder}-floor-${Deno.pid}`;
const caches = `${start.caches}-floor-${Deno.pid}`;
for (const path of [folder, caches]) Deno.mkdirSync(path);
const move = (text: string) =>
  text.replaceAll(start.folder, folder).replaceAll(start.caches, caches);
const env = Object.entries<string>(start.command.env).map(([name, value]) => [name, move(value)]);
const [program, ...args] = [...before, start.command.program, ...start.command.args.map(move)];
const socket = move(start.socket);

const listener = Deno.listen({ transport: "unix", path: socket });
const child = new Deno.Command(program, {
  args,
  env: Object.fromEntries(env),
  clearEnv: true,
  cwd: start.command.cwd,
  stdin: "piped",
  stdout: "piped",
  stderr: "piped",
}).spawn();
const encoder = new TextEncoder();
const init = {
  ...{ variables: {}, params: {}, input: null },
  ...{ token: "t", isWatched: false, taskId: "t", runId: "r" },
};
const stdin = child.stdin.getWriter();
stdin.write(encoder.encode(JSON.stringify({ socket }) + "\n"));
stdin.write(encoder.encode(JSON.stringify(init) + "\n"));
stdin.close();
const carried = [carry(child.stdout, Deno.stdout), carry(child.stderr, Deno.stderr)];
const heard = hear();
const { code } = await child.status;
await Promise.all([...carried, heard]);
for (const path of [folder, caches]) Deno.removeSync(path, { recursive: true });
Deno.exit(code);

async function carry(
  from: ReadableStream<Uint8Array>,
  to: { writeSync(bytes: Uint8Array): number },
) {
  const reader = from.getReader({ mode: "byob" });
  for (let memory = new ArrayBuffer(64 * 1024);;) {
    const { done, value } = await reader.read(new Uint8Array(memory));
    if (done) return;
    to.writeSync(value);
    memory = value.buffer;
  }
}

async function hear() {
  const conn = await listener.accept();
  listener.close();
  const buffer = new Uint8Array(64 * 1024);
  while (await conn.read(buffer) !== null);
  conn.close();
}
