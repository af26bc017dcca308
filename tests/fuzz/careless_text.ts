/**
 * Literals as somebody types them who does not think of quotes, in as few lines as will do.
 */
import fc from "fast-check";
import { mutate, mutations } from "./mutations.ts";

/** Where a literal may stand: `@`. */
const PLACES = [
  "permissions:\n  env:\n    - { name: A, value: @ }\n    - A\n",
  "permissions:\n  env:\n    - name: A\n      value: @\n      optional: true\n",
  "permissions:\n  env: [A=@, B, C=@]\n",
  "permissions:\n  env:\n    - A=@\n    - A=@\n",
  "params: { a: @, b: c }\n",
  "params:\n  a: @\n  a: @\n",
  "params:\n  a: { default: @, type: number }\n",
  "params:\n  - { name: a, default: @, type: cron }\n  - name: a\n    default: @\n",
  "trigger: { webhook: /x, webhook_secret: @ }\n",
  "trigger: { chain: { from: a, params: { b: @, c: @ } } }\n",
  // Not a literal, but a name that a message repeats.
  'params:\n  "@":\n',
];
const MARKS = ["kan10ary", "kan20ary", "kan30ary"];
const TOKENS = [",", ", ", ": ", " ", "-", "=", "x", "{", "}", "[", "]", "'", '"', "\n", "!", " #"]
  .concat("%", "|", "&", "*", "\\", "\x85", "\u202e");

const literal = fc.array(fc.oneof(fc.constantFrom(...MARKS), fc.constantFrom(...TOKENS)), {
  minLength: 1,
  maxLength: 6,
}).map((tokens) => tokens.join(""));

/** A task.yaml with literals, and sometimes a few other mistakes. */
export const carelessText: fc.Arbitrary<string> = fc.tuple(
  fc.constantFrom(...PLACES),
  fc.array(literal, { minLength: 1, maxLength: 3 }),
  fc.oneof(fc.constant([]), mutations),
).map(([place, literals, changes]) => {
  const parts = mutate(place, changes).split("@");
  return parts.map((part, i) => i === 0 ? part : literals[i % literals.length]! + part).join("");
});
