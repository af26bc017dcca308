// Patterns tempt to spellings.
import { tryAll } from "./attempt.ts";

export const main = ({ dicode }: any) =>
  tryAll({
    other: () => dicode.secrets_set("canary", "overwritten"),
    "delete other": () => dicode.secrets_delete("canary"),
    before: () => dicode.secrets_set("x/OAUTH_", "v"),
    "line break": () => dicode.secrets_set("canary\nOAUTH_", "v"),
    "lower case": () => dicode.secrets_set("oauth_token", "v"),
    "the pattern's letters": () => dicode.secrets_set("OAUTH", "v"),
    "reserved name": () => dicode.secrets_set("DICODE_MASTER_KEY", "v"),
    "changing key": () => {
      let asked = 0;
      return dicode.secrets_set({ toString: () => asked++ ? "canary" : "OAUTH_A" }, "v");
    },
    granted: async () => {
      await dicode.secrets_set("OAUTH_TOKEN", "a-value-of-the-task");
      return "stored";
    },
  });
