import type { Attack } from "../attack.ts";

async function findPoison(folder: string, poison: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await findPoison(path, poison));
    else if ((await Deno.readTextFile(path)).includes(poison)) found.push(path);
  }
  return found;
}

export default {
  theme: "programs",
  tries: "a granted program that writes code into every file of Deno's cache, links followed",
  open: { deno: "the cache of fetched modules is yours, and so it is the program's" },
  ends: { code: 0, stdout: /"tried"\n"clean 41"\n[^]*"tried"\n$/ },
  arrange: async (stage) => void await stage.addTask("victim", "poisoned-cache/victim"),
  async drive(stage) {
    // The victim has been fetched and remembered before, and runs once more after the attack.
    const victim = `${stage.world.dir}/tasks/victim`;
    await stage.run(victim);
    return await stage.runInTurn(stage.dir, victim, stage.dir);
  },
  escaped: ({ world, mark }) => findPoison(`${world.dataDir}/cache`, `POISON-${mark}`),
} satisfies Attack;
