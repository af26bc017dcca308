import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "Node's ways to load code: require, vm, module hooks, process.binding, dlopen",
  ends: { code: 0, attempts: /^(\w*Error|NotCapable|NotFound|ERR_\w+|GOT (undefined|hooked))$/ },
} satisfies Attack;
