import type { TaskContext } from "../../sdk/mod.ts";

export async function main({ env }: TaskContext) {
  const response = await fetch("http://127.0.0.1:8787/whoami", {
    headers: { authorization: `Bearer ${env.get("API_KEY")}` },
  });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return await response.json();
}
