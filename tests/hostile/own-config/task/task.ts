// Each of these files steers Deno where it finds them. It must find none.
export const main = () => ({
  injected: Deno.env.get("INJECTED") ?? null,
  kv: typeof (Deno as any).openKv,
});
