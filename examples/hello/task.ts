import type { TaskContext } from "../../sdk/mod.ts";

export async function main({ params, env }: TaskContext) {
  const name = await params.get("name");
  console.log(`hello, ${name}`);
  // Not declared in task.yaml: undefined, though the host has it.
  console.log(`HOME is ${env.get("HOME")}`);
  return { greeted: name };
}
