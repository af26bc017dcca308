/** The encrypted store as a provider, before the environment. */
import { type Setup, type Subject, testConformance, withoutService } from "./conformance.ts";

const NO_SERVICE = "there is no service behind it";

/** A store that has been written, with or without the wanted key. */
async function store(
  { world }: Subject,
  secrets: Readonly<Record<string, string>>,
): Promise<Setup> {
  await world.store({ other: "value-of-another-key", ...secrets });
  return { entry: {} };
}

testConformance("local", {
  found: (subject) => store(subject, { [subject.key]: subject.value }),
  absent: (subject) => store(subject, {}),
  empty: "the store takes no empty value",
  deleted: async (subject) => {
    const setup = await store(subject, { [subject.key]: subject.value });
    await subject.world.dicode(["secrets", "delete", subject.key]);
    return setup;
  },
  ambiguous: "a key is there once",
  unauthorised: "a wrong master key is the store's own error, exit code 5: tests/e2e/cli_test.ts",
  forbidden: "so are files that cannot be read",
  ...withoutService(NO_SERVICE),
});
