/** Parameter Store of AWS: the fake stands in for it. */
import { makeBench } from "./aws_bench.ts";
import { testConformance } from "./conformance.ts";

testConformance(
  "aws-ssm",
  makeBench({
    put: (fake, name, value, isDenied) => fake.parameters.set(name, { value, isDenied }),
    putDeleted: "a parameter that is deleted is gone at once",
  }),
);
