import assert from "node:assert/strict";
import { nearest } from "../../../runtime/nearest.ts";

const FIELDS = ["name", "timeout", "trigger", "params", "permissions", "limits", "runtime"];

const near: Record<string, string | undefined> = {
  timeuot: "timeout",
  Timeout: "timeout",
  time_out: "timeout",
  permission: "permissions",
  nmae: "name",
  limit: "limits",
  schedule: undefined,
  x: undefined,
  "": undefined,
  completely: undefined,
};
for (const [name, known] of Object.entries(near)) {
  Deno.test(`nearest() of ${JSON.stringify(name)} is ${known}`, () => {
    assert.equal(nearest(name, FIELDS), known);
  });
}

Deno.test("nearest() takes - and _ as one", () => {
  assert.equal(nearest("data_dir", ["data-dir"]), "data-dir");
});

Deno.test("nearest() of a short name wants half of it right", () => {
  assert.equal(nearest("nt", ["net"]), "net");
  assert.equal(nearest("rx", ["r", "w", "rw"]), undefined);
});

Deno.test("nearest() answers an endless name at once", () => {
  assert.equal(nearest("x".repeat(1_000_000), FIELDS), undefined);
});
