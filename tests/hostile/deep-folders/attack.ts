import type { Attack } from "../attack.ts";

export default {
  theme: "limits",
  tries: "a granted program that leaves 15,000 nested folders, to end whoever removes them",
  ends: { code: 0, stdout: /^("made"\n){2}$/ },
  needs: ["perl"],
  drive: (stage) => stage.runInTurn(stage.dir, stage.dir),
} satisfies Attack;
