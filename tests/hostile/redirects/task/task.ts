// The first address is granted; where it leads is the server's word.
import { tryAll } from "./attempt.ts";

export const main = () =>
  tryAll({
    get: async () => (await fetch("http://@OPEN@/away")).text(),
    post: async () => (await fetch("http://@OPEN@/away", { method: "POST", body: "x" })).text(),
    "without a referrer": async () =>
      (await fetch(new Request("http://@OPEN@/away", { redirect: "follow" }))).text(),
  });
