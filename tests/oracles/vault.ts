/**
 * Asks a Vault with node-vault: `deno run vault.ts ADDRESS` takes a JSON list of calls on standard
 * input and prints the list of what the client makes of each answer: `{ answer }`, or `{ error,
 * status }` as the client words a failure.
 */
import vault from "node-vault";
import type { Call } from "./vault_call.ts";

type Failure = Error & {
  readonly response?: { readonly statusCode: number; readonly body: unknown };
};

const [endpoint] = Deno.args;
const calls: Call[] = JSON.parse(
  await new Response(Deno.stdin.readable).text(),
);
const results: unknown[] = [];
for (const call of calls) {
  // An empty token: the client would take VAULT_TOKEN, which the test does not pass on.
  const client = vault({
    endpoint,
    token: call.token ?? "",
    namespace: call.namespace,
  });
  const logins = {
    approle: client.approleLogin,
    jwt: client.jwtLogin,
    kubernetes: client.kubernetesLogin,
  };
  const does = {
    read: () => client.read(call.path!),
    login: () =>
      logins[call.login!]!({ ...call.body, mount_point: call.login }),
    lookup: () => client.tokenLookupSelf(),
    revoke: () => client.tokenRevokeSelf(),
    health: () => client.health(),
  };
  results.push(
    await does[call.does]().then(
      (answer: unknown) => ({ answer }),
      (error: Failure) => ({
        error: error.message,
        status: error.response?.statusCode,
        body: error.response?.body,
      }),
    ),
  );
}
console.log(JSON.stringify(results));
