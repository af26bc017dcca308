import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "a secret in the address of a computed import, of a declared host and of another",
  ends: { code: 0, attempts: /^TypeError$/ },
  escaped: ({ pages }) => pages.asked.filter((path) => path !== "/code.ts"),
} satisfies Attack;
