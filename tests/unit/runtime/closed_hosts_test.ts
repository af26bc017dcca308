import assert from "node:assert/strict";
import { isClosed, listClosed } from "../../../runtime/closed_hosts.ts";

const LOOPBACK = ["127.0.0.0/8", "0.0.0.0/8", "[::1]", "[::]"];
const METADATA = [
  "169.254.0.0/16",
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
  "[fd00:ec2::254]",
  "[fd20:ce::254]",
];
/** These and others under the prefix that networks translate: 64:ff9b::169.254.169.254, … */
const TRANSLATED = [
  ["169.254.169.254", "[64:ff9b::a9fe:a9fe]"],
  ["169.254.170.2", "[64:ff9b::a9fe:aa02]"],
  ["169.254.170.23", "[64:ff9b::a9fe:aa17]"],
  ["100.100.100.200", "[64:ff9b::6464:64c8]"],
  ["168.63.129.16", "[64:ff9b::a83f:8110]"],
  ["192.0.0.192", "[64:ff9b::c000:c0]"],
] as const;
const ALL = [...LOOPBACK, ...METADATA, ...TRANSLATED.map(([, form]) => form)];

/** Whether one of the entries of --deny-net covers an IPv4 address. */
function denies(closed: readonly string[], address: string): boolean {
  const number = (text: string) => text.split(".").reduce((sum, part) => sum * 256 + +part, 0);
  return closed.some((entry) => {
    if (entry.startsWith("[")) return false;
    const [first = "", bits = "32"] = entry.split("/");
    const size = 2 ** (32 - Number(bits));
    return Math.floor(number(address) / size) === Math.floor(number(first) / size);
  });
}

Deno.test('listClosed() closes loopback, link-local and metadata addresses, for names as for "*"', () => {
  assert.deepEqual(listClosed(["*"]), ALL);
  assert.deepEqual(listClosed(["api.example.com:443"]), ALL);
  assert.deepEqual(listClosed(["192.0.2.1", "[2001:db8::1]:80"]), ALL);
  assert.deepEqual(listClosed([]), []);
  for (const [address, form] of TRANSLATED) {
    assert.equal(new URL(`http://[64:ff9b::${address}]/`).hostname, form);
  }
});

Deno.test("listClosed() opens an address that is named, and none beside it", () => {
  const table: readonly [named: string, open: string, ...closed: string[]][] = [
    ["169.254.169.254:80", "169.254.169.254", "169.254.169.253", "169.254.169.255", "169.254.0.0"],
    ["169.254.0.0", "169.254.0.0", "169.254.0.1", "169.254.255.255"],
    ["169.254.255.255", "169.254.255.255", "169.254.255.254", "169.254.0.0"],
    ["168.63.129.16", "168.63.129.16", "100.100.100.200", "169.254.169.254"],
    ["127.0.0.1:8080", "127.0.0.1", "127.0.0.0", "127.0.0.2", "127.0.1.1", "127.255.255.255"],
    ["localhost:8080", "127.0.0.1", "127.0.0.2", "0.0.0.0", "169.254.169.254"],
    ["app.localhost", "127.0.0.1", "127.0.0.2", "0.0.0.0"],
    ["0.0.0.0:80", "0.0.0.0", "0.0.0.1", "127.0.0.1"],
  ];
  for (const every of [[], ["*"]]) {
    for (const [named, open, ...closed] of table) {
      const found = listClosed([...every, named]);
      assert.equal(denies(found, open), false, named);
      for (const address of closed) assert.ok(denies(found, address), `${named} ${address}`);
      assert.equal(denies(found, "192.0.2.1"), false);
    }
  }
  for (const named of ["[::1]", "[::]", "[fd00:ec2::254]", "[64:ff9b::a9fe:a9fe]"]) {
    const found = listClosed([`${named}:80`]);
    assert.deepEqual(found, ALL.filter((other) => other !== named));
  }
  // The name that it is most often reached by is both of its addresses.
  assert.equal(listClosed(["localhost"]).includes("[::1]"), false);
});

Deno.test("listClosed() is not fooled by a name or an address that begins like a closed one", () => {
  for (
    const host of [
      "169.254.example.com",
      "127.0.0.example.com",
      "168.63.129.164",
      "192.0.0.19",
      "localhost.example.com",
      "notlocalhost.com",
      "100.100.100.20",
    ]
  ) {
    assert.deepEqual(listClosed([host]), ALL, host);
  }
});

Deno.test('listClosed() leaves loopback open for a name without a dot, and never beside "*"', () => {
  const open = ALL.filter((range) => !LOOPBACK.includes(range));
  assert.deepEqual(listClosed(["db:5432"]), open);
  assert.deepEqual(listClosed(["api.example.com", "myhost"]), open);
  assert.deepEqual(listClosed(["*", "db"]), ALL);
});

Deno.test('isClosed() tells what "*" leaves out', () => {
  for (
    const host of [
      "localhost",
      "localhost:80",
      "a.localhost:1",
      "127.9.9.9",
      "0.0.0.0:80",
      "[::1]:80",
      "169.254.1.1",
      "100.100.100.200",
      "[fd00:ec2::254]:80",
    ]
  ) {
    assert.equal(isClosed(host), true, host);
  }
  for (const host of ["*", "a.com", "db", "128.0.0.1", "[::2]", "169.254.a.com", "10.0.0.1:80"]) {
    assert.equal(isClosed(host), false, host);
  }
});
