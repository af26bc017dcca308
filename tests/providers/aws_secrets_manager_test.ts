/** AWS Secrets Manager: the fake stands in for it. */
import { makeBench } from "./aws_bench.ts";
import { testConformance } from "./conformance.ts";

testConformance(
  "aws-secrets-manager",
  makeBench({
    put: (fake, name, text, isDenied) => fake.secrets.set(name, { text, isDenied }),
    putDeleted: (fake, name, text) => fake.secrets.set(name, { text, isDeleted: true }),
  }),
);
