// Not through console, and not while main runs.
export async function main({ env }: any) {
  const key = env.get("KEY");
  await new Deno.Command("sh", { args: ["-c", 'echo "by a program $KEY"; echo $KEY >&2'] })
    .spawn().status;
  setTimeout(() => {
    throw new Error(`late ${key}`);
  }, 50);
  return 1;
}
