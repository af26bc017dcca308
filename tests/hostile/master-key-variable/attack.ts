import type { Attack } from "../attack.ts";

export default {
  theme: "environment",
  tries: "a granted program that looks for a master key in the environment of dicode's process",
  open: { deno: "who runs so with the key in a variable has asked for it by --isolation deno" },
  ends: { code: 0, stdout: /^done\n$/ },
  arrange: (stage) => void (stage.env.DICODE_MASTER_KEY = stage.canaries.key!),
} satisfies Attack;
