import type { Attack } from "../attack.ts";

export default {
  theme: "output",
  tries: "a run with --verbose, parameters and input that hold the secret",
  ends: { code: 0, stdout: /^\{"input":\{"key":"\*\*\*"\},"key":"\*\*\*"\}\n$/, stderr: /debug/ },
  arrange({ args, canaries }) {
    args.push("--verbose", "-p", `key=${canaries.store}`);
    args.push("--input", JSON.stringify({ key: canaries.store }));
  },
} satisfies Attack;
