import type { Attack } from "../attack.ts";

const GRANTED = "both are granted: the secret and the host";

export default {
  theme: "output",
  tries: "a declared secret, sent to a granted host",
  open: { bwrap: GRANTED, landlock: GRANTED, deno: GRANTED },
  ends: { code: 0 },
  escaped: ({ pages, canaries }) =>
    pages.asked.filter((path) => path.includes(canaries.store!)).map(() => "sent to the host"),
} satisfies Attack;
