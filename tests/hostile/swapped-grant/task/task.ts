// By its name below the granted folder: whatever stands there by now.
import { tryAll } from "./attempt.ts";

export const main = () =>
  tryAll({
    read: () => Deno.readTextFile("work/data/master.key"),
    cat: async () => {
      const { code, stdout } = await new Deno.Command("cat", { args: ["work/data/master.key"] })
        .output();
      if (code !== 0) throw new Deno.errors.PermissionDenied();
      return new TextDecoder().decode(stdout);
    },
  });
