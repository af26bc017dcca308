import type { TaskContext } from "../../sdk/mod.ts";

export async function main({ params }: TaskContext) {
  switch (await params.get("how")) {
    case "read":
      return await Deno.readTextFile("/etc/hostname");
    case "fetch":
      return await fetch("http://127.0.0.1:8787/");
    case "hang":
      return await new Promise((resolve) => setTimeout(resolve, 60_000));
    default:
      throw new Error("this task fails on purpose");
  }
}
