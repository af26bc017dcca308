import type { TaskContext } from "../../sdk/mod.ts";

export async function main({ env, dicode }: TaskContext) {
  const token = env.get("TOKEN");
  if (token) {
    console.log(`received a token of ${token.length} characters`);
    console.log(`printing it on purpose: ${token}`);
  } else {
    console.log("there is no token yet");
  }
  const fresh = crypto.randomUUID();
  await dicode.secrets_set("rotate_token_example", fresh);
  console.log(`stored a new token: ${fresh}`);
}
