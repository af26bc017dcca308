import type { Attack } from "../attack.ts";

export default {
  theme: "files",
  tries:
    "code in caches and open descriptors that the host, the preflight or a later run might read",
  ends: { code: 0, stdout: /"tried"\n"clean 41"\n[^]*"tried"\n$/ },
  arrange: async (stage) => void await stage.addTask("victim", "poisoned-cache/victim"),
  async drive(stage) {
    // The victim has been fetched and remembered before, and runs once more after the attack.
    const victim = `${stage.world.dir}/tasks/victim`;
    await stage.run(victim);
    return await stage.runInTurn(stage.dir, victim, stage.dir);
  },
  escaped: ({ pages }) => pages.asked.length === 1 ? [] : [`asked again: ${pages.asked}`],
} satisfies Attack;
