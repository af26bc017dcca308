/** What of the system a task may reach. */
import assert from "node:assert/strict";
import { listEtc } from "../../../runtime/allow_list.ts";

Deno.test("a task without net and run has libraries and the time zone of /etc, others names too", () => {
  const closed = ["/etc/ld.so.cache", "/etc/localtime"];
  assert.deepEqual(listEtc({ net: [], run: [] }), closed);
  for (const open of [{ net: ["a.example"], run: [] }, { net: [], run: ["/usr/bin/git"] }]) {
    const listed = listEtc(open);
    assert.deepEqual(listed.slice(0, 2), closed);
    for (const name of ["hosts", "resolv.conf", "ssl"]) assert.ok(listed.includes(`/etc/${name}`));
    for (const path of listed) assert.doesNotMatch(path, /passwd|shadow|machine-id|hostname/);
  }
});
