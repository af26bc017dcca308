import type { Attack } from "../attack.ts";

export default {
  theme: "limits",
  tries: "to open 100,000 files",
  needs: ["prlimit"],
  ends: { code: 0, stdout: /^"\w+ after \d{2,3}"\n$/ },
} satisfies Attack;
