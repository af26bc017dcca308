/**
 * A service that keeps secrets, for trying the example out:
 *
 *   deno run --allow-net examples/provider/server.ts TOKEN
 */
const [token] = Deno.args;
const secrets: Record<string, string> = { example_api_key: "the-key-that-the-service-keeps" };

Deno.serve({ hostname: "127.0.0.1", port: 8788 }, async (request) => {
  if (request.headers.get("authorization") !== `Bearer ${token}`) {
    return new Response("who are you?", { status: 401 });
  }
  const { keys } = await request.json() as { keys: string[] };
  const found = keys.filter((key) => Object.hasOwn(secrets, key));
  return Response.json(Object.fromEntries(found.map((key) => [key, secrets[key]])));
});
