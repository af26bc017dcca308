/** The other side of the example: run it with `deno run --allow-net server.ts`. */
Deno.serve({ hostname: "127.0.0.1", port: 8787 }, (request) => {
  const key = request.headers.get("authorization")?.replace(/^Bearer /, "");
  if (!key) return Response.json({ error: "no key" }, { status: 401 });
  // A careless server: it sends the key back, and the task returns it. dicode masks it.
  return Response.json({ user: "ada", key });
});
