/**
 * Asks a Connect server by @1password/connect: `deno run connect.ts ADDRESS TOKEN COMMAND ARGUMENT…`
 * prints what the client made of the answer as JSON, or `{ error: { status, message } }`.
 */
import { OnePasswordConnect } from "@1password/connect";

const [serverURL = "", token = "", command = "", ...rest] = Deno.args;
const [vault = "", item = ""] = rest;
const client = OnePasswordConnect({ serverURL, token, keepAlive: false });
const commands: Record<string, () => Promise<unknown>> = {
  vaults: () => client.listVaults(),
  vault: () => client.getVault(vault),
  items: () => client.listItems(vault),
  item: () => client.getItem(vault, item),
};
const answer = await commands[command]!().catch((
  error: Record<string, unknown>,
) => ({
  error: {
    status: error.status ?? error.statusCode,
    message: error.message,
  },
}));
console.log(JSON.stringify(answer));
