import type { Attack } from "../attack.ts";

const ANY = "who has a value can write it in a way that nothing recognises";

export default {
  theme: "output",
  tries: "a declared secret, printed in reverse",
  open: { bwrap: ANY, landlock: ANY, deno: ANY },
  ends: { code: 0 },
  escaped: (stage, { stdout }) =>
    stdout.includes([...stage.canaries.store!].toReversed().join("")) ? ["in reverse"] : [],
} satisfies Attack;
