/** What the seccomp filter says to each call, by running it as the kernel would. */
import assert from "node:assert/strict";
import {
  type Arch,
  buildFilter,
  type Instruction,
  type Networks,
  packFilter,
} from "../../../runtime/syscall_filter.ts";

const MACHINES = { x86_64: 0xc000003e, aarch64: 0xc00000b7 } as const;
/** From the kernel's unistd.h of each: written here once more, for a slip to show. */
const CALLS: Record<Arch, Record<string, number>> = {
  x86_64: {
    ...{ read: 0, connect: 42, bind: 49, kill: 62, getpriority: 140, clone: 56, execve: 59 },
    ...{ prlimit64: 302, setpriority: 141, ioprio_set: 251, sched_setaffinity: 203 },
    ...{ sched_setparam: 142, sched_setscheduler: 144, sched_setattr: 314, socket: 41 },
    ...{ socketpair: 53, setsockopt: 54, sendto: 44, sendmsg: 46, sendmmsg: 307 },
    io_uring_setup: 425,
  },
  aarch64: {
    ...{ read: 63, connect: 203, bind: 200, kill: 129, getpriority: 141, clone: 220, execve: 221 },
    ...{ prlimit64: 261, setpriority: 140, ioprio_set: 30, sched_setaffinity: 122 },
    ...{ sched_setparam: 118, sched_setscheduler: 119, sched_setattr: 274, socket: 198 },
    ...{ socketpair: 199, setsockopt: 208, sendto: 206, sendmsg: 211, sendmmsg: 269 },
    io_uring_setup: 425,
  },
};

/** Runs a filter over one call (struct seccomp_data): what it returns. */
function runFilter(
  filter: readonly Instruction[],
  machine: number,
  call: number,
  args: readonly number[],
): number {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, call, true);
  data.setUint32(4, machine, true);
  // The upper half of an argument is whatever the caller left there: the kernel takes 32 bits.
  args.forEach((arg, index) => data.setBigUint64(16 + 8 * index, BigInt(arg) | 7n << 40n, true));
  let word = 0;
  for (let at = 0; at < filter.length; at++) {
    const [code, jt, jf, k] = filter[at]!;
    assert.ok(jt <= 255 && jf <= 255 && k >= 0 && k <= 0xffffffff);
    if (code === 0x20) word = data.getUint32(k, true);
    else if (code === 0x54) word = (word & k) >>> 0;
    else if (code === 0x15) at += word === k ? jt : jf;
    else if (code === 0x35) at += word >= k ? jt : jf;
    else if (code === 0x06) return k;
    else assert.fail(`no such instruction: ${code}`);
  }
  assert.fail("it runs out of itself");
}

/** `ok`, or the errno that the call fails with. */
function ask(net: Networks, arch: Arch, call: string, ...args: readonly number[]): string {
  const number = CALLS[arch][call]!;
  assert.notEqual(number, undefined, call);
  const said = runFilter(buildFilter(net, arch), MACHINES[arch], number, args);
  if (said === 0x7fff0000) return "ok";
  assert.equal(said >>> 16, 5);
  return String(said & 0xffff);
}

const NETS: readonly Networks[] = ["any", "none", [443, 53]];
const ARCHES = Object.keys(MACHINES) as Arch[];

function expectAll(net: Networks, cases: readonly (readonly [string, string, ...number[]])[]) {
  for (const arch of ARCHES) {
    for (const [expected, call, ...args] of cases) {
      const what = `${arch}, net ${net}: ${call}(${args})`;
      assert.equal(ask(net, arch, call, ...args), expected, what);
    }
  }
}

Deno.test("limits, priority and processors: of the caller alone, whatever the networks", () => {
  for (const net of NETS) {
    expectAll(net, [
      ["ok", "prlimit64", 0, 7],
      ["1", "prlimit64", 1234, 7],
      ["ok", "setpriority", 0, 0, 5],
      ["1", "setpriority", 0, 1234, 5],
      ["1", "setpriority", 1, 0, 5],
      ["1", "setpriority", 2, 0, 5],
      ["ok", "ioprio_set", 1, 0, 0],
      ["1", "ioprio_set", 1, 1234, 0],
      ["1", "ioprio_set", 2, 0, 0],
      ["1", "ioprio_set", 3, 0, 0],
      ...["sched_setaffinity", "sched_setparam", "sched_setscheduler", "sched_setattr"].flatMap(
        (call) => [["ok", call, 0] as const, ["1", call, 1234] as const],
      ),
      ...["read", "connect", "bind", "kill", "getpriority", "clone", "execve"].map((call) =>
        ["ok", call, 1234, 1234] as const
      ),
    ]);
  }
});

Deno.test("without net there is no socket but unix, and no ring that could make one", () => {
  expectAll("none", [
    ["ok", "socket", 1, 1, 0],
    ["ok", "socketpair", 1, 1, 0],
    ...[0, 2, 10, 16, 17, 38, 40].flatMap((domain) => [
      ["13", "socket", domain, 1, 0] as const,
      ["13", "socketpair", domain, 1, 0] as const,
    ]),
    ["13", "io_uring_setup", 8],
    ["ok", "sendto", 3, 0, 0, 0x20000000],
  ]);
});

Deno.test("with ports alone there is no protocol that Landlock does not look at, but UDP", () => {
  const [NONBLOCK, CLOEXEC, FASTOPEN] = [0x800, 0x80000, 0x20000000];
  expectAll([443], [
    ...[2, 10].flatMap((domain) => [
      ["ok", "socket", domain, 1, 0] as const,
      ["ok", "socket", domain, 1 | NONBLOCK | CLOEXEC, 6] as const,
      ["ok", "socket", domain, 2 | CLOEXEC, 17] as const,
      // MPTCP, SMC, SCTP, DCCP, UDP-Lite, ICMP; and types whose own protocol is another.
      ...[262, 256, 132, 33, 136, 1].map((protocol) =>
        ["13", "socket", domain, 1, protocol] as const
      ),
      ...[3, 4, 5, 6, 10].map((type) => ["13", "socket", domain, type, 0] as const),
      ["13", "socketpair", domain, 1, 0] as const,
    ]),
    ["ok", "socket", 1, 5, 0],
    ["ok", "socket", 16, 3 | CLOEXEC, 0],
    // SMC, VSOCK, TIPC, AF_ALG, XDP, packet.
    ...[43, 40, 30, 38, 44, 17].map((domain) => ["13", "socket", domain, 1, 0] as const),
    ["ok", "socketpair", 1, 1, 0],
    ...(["sendto", "sendmmsg"] as const).flatMap((call) => [
      ["ok", call, 3, 0, 0, 0x4000] as const,
      ["13", call, 3, 0, 0, FASTOPEN | 0x4000] as const,
    ]),
    ["ok", "sendmsg", 3, 0, 0x4000, FASTOPEN],
    ["13", "sendmsg", 3, 0, FASTOPEN],
    ["ok", "setsockopt", 3, 6, 1],
    ["ok", "setsockopt", 3, 1, 31],
    ["13", "setsockopt", 3, 6, 31],
    ["13", "io_uring_setup", 8],
  ]);
});

Deno.test("with every network nothing of sockets is denied", () => {
  expectAll("any", [
    ["ok", "socket", 2, 1, 262],
    ["ok", "socketpair", 2, 1, 0],
    ["ok", "sendto", 3, 0, 0, 0x20000000],
    ["ok", "setsockopt", 3, 6, 31],
    ["ok", "io_uring_setup", 8],
  ]);
});

Deno.test("no call of another machine's convention: 32 bits, x32, another processor", () => {
  for (const net of NETS) {
    for (const arch of ARCHES) {
      const filter = buildFilter(net, arch);
      for (const machine of [0x40000003, 0x40000028, MACHINES[arch] ^ 1]) {
        assert.equal(runFilter(filter, machine, 0, []), 0x5000d);
      }
      const call = CALLS[arch].read! | 0x40000000;
      assert.equal(runFilter(filter, MACHINES[arch], call, []), 0x5000d);
    }
  }
});

Deno.test("packFilter() writes struct sock_filter: two bytes, one, one, four, the low first", () => {
  assert.equal(
    packFilter([[0x15, 1, 2, 0xc000003e], [0x06, 0, 0, 1]]),
    "150001023e0000c0" + "0600000001000000",
  );
});
