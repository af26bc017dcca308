/**
 * Reads folders of secrets with @infisical/sdk: `deno run infisical.ts ADDRESS JSON` takes a list of
 * reads, and prints a list of the client's answers, or `{ error }` with its words.
 *
 * The client asks v3 only: for a read of v4 the request is rewritten to v4's before it is sent.
 */
import { InfisicalSDK } from "@infisical/sdk";
import type { Read } from "./infisical_read.ts";

let version = "v3";
const send = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const url = new URL(String(input));
  if (version === "v4" && url.pathname === "/api/v3/secrets/raw") {
    url.pathname = "/api/v4/secrets";
    const renamed = [["workspaceId", "projectId"], [
      "include_imports",
      "includeImports",
    ]] as const;
    for (const [old, name] of renamed) {
      url.searchParams.set(name, url.searchParams.get(old) ?? "");
      url.searchParams.delete(old);
    }
  }
  return send(url, init);
};

async function read({ credentials, options }: Read): Promise<unknown> {
  const client = new InfisicalSDK({ siteUrl: Deno.args[0] });
  const [first, clientSecret] = credentials;
  if (clientSecret === undefined) client.auth().accessToken(first);
  else {await client.auth().universalAuth.login({
      clientId: first,
      clientSecret,
    });}
  return await client.secrets().listSecrets(options);
}

const answers: unknown[] = [];
for (const one of JSON.parse(Deno.args[1]) as Read[]) {
  version = one.version;
  answers.push(
    await read(one).catch((error: Error) => ({ error: error.message })),
  );
}
console.log(JSON.stringify(answers));
