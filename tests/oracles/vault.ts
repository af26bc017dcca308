/**
 * Reads one KV v2 secret with node-vault: `deno run vault.ts ADDRESS TOKEN PATH` prints its data as
 * JSON, or `Status N` as the client words a failure.
 */
import vault from "node-vault";

const [endpoint, token, path = ""] = Deno.args;
const client = vault({ endpoint, token });
const answer = await client.read(path).catch((error: Error) => ({
  error: error.message,
}));
console.log(JSON.stringify(answer));
