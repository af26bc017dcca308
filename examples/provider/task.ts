/** Asks the service of server.ts for secrets: keys in, a map of what it has out. */
import type { TaskContext } from "../../sdk/mod.ts";

export async function main({ input, env }: TaskContext) {
  const { keys } = input as { keys: string[] };
  const answer = await fetch("http://127.0.0.1:8788/secrets", {
    method: "POST",
    headers: { authorization: `Bearer ${env.get("SERVICE_TOKEN")}` },
    body: JSON.stringify({ keys }),
  });
  // dicode shows nothing of what a provider says: run this one by hand to see the status.
  if (!answer.ok) throw new Error(`the service answered ${answer.status}`);
  return await answer.json();
}
