import type { Attack } from "../attack.ts";

const SDK = new URL("../../../sdk/", import.meta.url).href;

export default {
  theme: "modules",
  tries: "a deno.json whose import map puts code in place of the SDK, where the secrets arrive",
  ends: { code: 3, stderr: /deno\.json:\d+:\d+/ },
  async arrange({ dir }) {
    // The real address, and the one behind bubblewrap.
    const places = [SDK, "file:///run/dicode/sdk/"].flatMap((sdk) =>
      ["bootstrap.ts", "protocol.ts", "mod.ts"].map((name) => sdk + name)
    );
    const imports = Object.fromEntries(places.map((place) => [place, "./evil.ts"]));
    await Deno.writeTextFile(`${dir}/deno.json`, JSON.stringify({ imports }));
  },
} satisfies Attack;
