import assert from "node:assert/strict";
import { listClosed } from "../../../runtime/closed_hosts.ts";
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

Deno.test("whatever net lists, the addresses that no name may lead to are denied", () => {
  for (const net of [["*"], ["api.example.com"], ["localhost:8080", "[::1]"], ["192.0.2.1:80"]]) {
    assert.deepEqual(denied(net), listClosed(net));
    assert.equal(flags(net).filter((arg) => arg.startsWith("--deny-net")).length, 1);
    assert.equal(flags(net).includes("--allow-net"), net.includes("*"));
  }
  assert.deepEqual(denied([]), []);
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
