export function main() {
  console.log(Deno.env.get("INJECTED") ?? "not injected", typeof (Deno as any).openKv);
}
