/** Which field of a Connect item a name means. */
import assert from "node:assert/strict";
import { type ItemField, pickField } from "../../../store/onepassword/fields.ts";

const ITEM = {
  sections: [{ id: "s1", label: "Live" }, { id: "s2", label: "Test" }, { id: "s3", label: "" }],
  fields: [
    { id: "username", label: "user", purpose: "USERNAME", value: "u" },
    { id: "pw", label: "Kennwort", purpose: "PASSWORD", value: "p" },
    { id: "a1", label: "token", section: { id: "s1" }, value: "live" },
    { id: "a2", label: "token", section: { id: "s2" }, value: "test" },
    { id: "b1", label: "key", value: "outside" },
    { id: "b2", label: "key", section: { id: "s2" }, value: "inside" },
    { id: "c1", label: "a1", value: "label before id" },
    { id: "d1", label: "", section: { id: "s3" }, value: "nameless" },
  ] as ItemField[],
};

Deno.test("pickField() goes by label, then id, then purpose, and by section where one is given", () => {
  const cases: [string | undefined, string, string][] = [
    [undefined, "user", "u"],
    [undefined, "username", "u"],
    [undefined, "password", "p"],
    ["Live", "token", "live"],
    ["s2", "token", "test"],
    [undefined, "key", "outside"],
    ["Test", "key", "inside"],
    [undefined, "a1", "label before id"],
    [undefined, "a2", "test"],
    ["s3", "d1", "nameless"],
  ];
  for (const [section, field, value] of cases) {
    const picked = pickField(ITEM, { section, field });
    assert.ok("field" in picked, `${section}/${field}`);
    assert.equal(picked.field.value, value, `${section}/${field}`);
  }
});

Deno.test("pickField() chooses none of two, and names what there is of none", () => {
  assert.deepEqual(pickField(ITEM, { field: "token" }), { several: ["Live", "Test"] });
  assert.deepEqual(pickField(ITEM, { section: "Live", field: "key" }), {
    absent: "field",
    names: ["token"],
  });
  assert.deepEqual(pickField(ITEM, { section: "Old", field: "key" }), {
    absent: "section",
    names: ["Live", "Test"],
  });
  assert.deepEqual(pickField({}, { field: "key" }), { absent: "field", names: [] });
  const twice = { fields: [{ label: "x", value: "1" }, { label: "x", value: "2" }] };
  assert.deepEqual(pickField(twice, { field: "x" }), { several: ["no section", "no section"] });
});
