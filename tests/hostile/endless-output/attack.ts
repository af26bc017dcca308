import type { Attack } from "../attack.ts";

export default {
  theme: "limits",
  tries: "to print without an end",
  ends: { code: 1, stderr: /wrote more than limits\.output/ },
  escaped: (_, { stdout }) => stdout.length > 1024 * 1024 ? ["more than the limit"] : [],
} satisfies Attack;
