import type { Attack } from "../attack.ts";

export default {
  theme: "limits",
  tries: "to fill the memory",
  needs: ["prlimit"],
  // By which of Deno's allocators meets the limit first; one of them takes it for a lack of threads.
  ends: {
    code: [1, 133],
    stdout: /^filled (0|64|128|192|256)\n/,
    stderr: /Array buffer allocation failed|killed by SIGTRAP|unable to create worker threads/,
  },
  escaped: (_, { stdout }) => /filled (\d{4}|[3-9]\d\d)/.test(stdout) ? ["too much"] : [],
} satisfies Attack;
