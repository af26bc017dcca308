/** What of the system a task may reach. */
import assert from "node:assert/strict";
import { listEtc } from "../../../runtime/allow_list.ts";

Deno.test("a task without net and run has libraries and the time zone of /etc, others names too", () => {
  const closed = ["/etc/ld.so.cache", "/etc/localtime"];
  assert.deepEqual(listEtc({ net: [], run: [] }), closed);
  for (const open of [{ net: ["a.example"], run: [] }, { net: [], run: ["/usr/bin/git"] }]) {
    const listed = listEtc(open);
    assert.deepEqual(listed.slice(0, 2), closed);
    for (const name of ["hosts", "resolv.conf", "ssl/certs", "pki/tls/certs"]) {
      assert.ok(listed.includes(`/etc/${name}`));
    }
    for (const path of listed) assert.doesNotMatch(path, /passwd|shadow|machine-id|hostname/);
    // Beside certificates private keys lie: neither folder, nor one above it.
    for (const path of ["/etc/ssl/private/a.key", "/etc/pki/tls/private/a.key", "/etc/pki/nssdb"]) {
      assert.ok(!listed.some((open) => path.startsWith(`${open}/`) || path === open), path);
    }
  }
});
