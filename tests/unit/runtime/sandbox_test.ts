import assert from "node:assert/strict";
import { buildCommand } from "../../../runtime/sandbox.ts";

/** The flags of a task that is granted these hosts and nothing else. */
function flags(net: readonly string[]): readonly string[] {
  const grants = { env: [], net, fs: [], run: [], sys: [], roots: [], importHosts: [] };
  return buildCommand(grants, {
    denoPath: "/deno",
    bootstrap: "/sdk/bootstrap.ts",
    entry: "/task/task.ts",
    taskDir: "/task",
    socket: "/run/s",
    denoDir: "/cache",
    codeFiles: [],
    lockFile: undefined,
    color: false,
    v8Flags: [],
    passed: {},
  }).args;
}

function denied(net: readonly string[]): string[] {
  const flag = flags(net).find((arg) => arg.startsWith("--deny-net="));
  return flag?.slice("--deny-net=".length).split(",") ?? [];
}

const METADATA = [
  "169.254.0.0/16",
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
  "[fd00:ec2::254]",
  "[fd20:ce::254]",
];

Deno.test('net "*" denies loopback, link-local and metadata addresses; a name denies all but loopback', () => {
  const loopback = ["0.0.0.0/8", "127.0.0.0/8", "[::]", "[::1]"];
  assert.deepEqual(denied(["*"]), [...loopback, ...METADATA]);
  assert.ok(flags(["*"]).includes("--allow-net"));
  assert.deepEqual(denied(["api.example.com"]), METADATA);
  assert.deepEqual(denied([]), []);
});

Deno.test("an address of these that is named one by one is not denied, and the others are", () => {
  for (
    const [named, range] of [
      ["169.254.169.254:80", "169.254.0.0/16"],
      ["168.63.129.16", "168.63.129.16"],
      ["[fd00:ec2::254]:80", "[fd00:ec2::254]"],
    ] as const
  ) {
    assert.deepEqual(denied([named]), METADATA.filter((other) => other !== range));
  }
});

Deno.test("a list that is empty emits no flag: a flag without a value grants everything", () => {
  const bare = flags([]).filter((arg) => /^--allow-\w+$/.test(arg));
  assert.deepEqual(bare, []);
  const lists = flags([]).filter((arg) => /^--(allow|deny)-/.test(arg));
  assert.deepEqual(lists, [
    "--allow-read=/run/s",
    "--allow-write=/run/s",
    "--allow-net=unix:/run/s",
  ]);
});
