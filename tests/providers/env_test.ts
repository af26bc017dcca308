/** The host's environment as a provider. */
import { testConformance, withoutService } from "./conformance.ts";

const NO_SERVICE = "there is no service behind it";

testConformance("env", {
  found: ({ value }) => ({
    entry: { name: "host", prefix: "OTHER_" },
    env: { OTHER_WANTED_KEY: value },
  }),
  absent: () => ({ entry: { name: "host", prefix: "OTHER_" } }),
  empty: () => ({ entry: { name: "host", prefix: "OTHER_" }, env: { OTHER_WANTED_KEY: "" } }),
  deleted: "a variable is set or it is not",
  ambiguous: "a variable's name is unique",
  unauthorised: NO_SERVICE,
  forbidden: NO_SERVICE,
  ...withoutService(NO_SERVICE),
});
