/**
 * What Landlock does not know of system calls, as a seccomp filter: rules here become a program of
 * classic BPF, which landlock_launcher.ts installs. Pure.
 *
 * A filter sees numbers alone, never what a pointer leads to. Whatever of a call's arguments counts
 * here, the kernel takes as 32 bits. See seccomp(2), and filter.rst of the kernel.
 */

/** TCP ports to dial and to listen on; `any` for every network, `none` for no socket but unix. */
export type Networks = "any" | "none" | readonly number[];

export type Arch = typeof Deno.build.arch;

/** Numbers of system calls that the filter knows, and of the machine (AUDIT_ARCH_*). */
const NUMBERS = {
  x86_64: {
    machine: 0xc000003e,
    prlimit64: 302,
    setpriority: 141,
    ioprio_set: 251,
    sched_setaffinity: 203,
    sched_setparam: 142,
    sched_setscheduler: 144,
    sched_setattr: 314,
    socket: 41,
    socketpair: 53,
    setsockopt: 54,
    sendto: 44,
    sendmsg: 46,
    sendmmsg: 307,
    io_uring_setup: 425,
  },
  aarch64: {
    machine: 0xc00000b7,
    prlimit64: 261,
    setpriority: 140,
    ioprio_set: 30,
    sched_setaffinity: 122,
    sched_setparam: 118,
    sched_setscheduler: 119,
    sched_setattr: 274,
    socket: 198,
    socketpair: 199,
    setsockopt: 208,
    sendto: 206,
    sendmsg: 211,
    sendmmsg: 269,
    io_uring_setup: 425,
  },
} as const satisfies Record<Arch, Record<string, number>>;

/** Holds where an argument, what of it is in `mask`, is (or is not) one of the values. */
interface Condition {
  readonly arg: number;
  readonly mask?: number;
  readonly is?: readonly number[];
  readonly isNot?: readonly number[];
}

/** A call that is allowed where all conditions of any list hold, and else fails with `errno`. */
interface CallRule {
  readonly call: Exclude<keyof typeof NUMBERS["x86_64"], "machine">;
  readonly errno: number;
  readonly allowed: readonly (readonly Condition[])[];
}

const EPERM = 1;
const EACCES = 13;
const [UNIX, INET, INET6, NETLINK] = [1, 2, 10, 16];
const [STREAM, DGRAM] = [1, 2];
const [IP, TCP, UDP] = [0, 6, 17];
const TCP_ULP = 31;
const MSG_FASTOPEN = 0x20000000;
/** Of socket(2)'s type, what is no flag. */
const TYPE_MASK = 0xf;

const OWN: Condition = { arg: 0, is: [0] };

// SECURITY: a limit of one byte or second ends dicode itself, and by these calls a program reaches
// every process of its user: itself alone may be named, as 0 (tests/e2e/landlock_test.ts, tests/hostile/limits-host).
const OWN_PROCESS: readonly CallRule[] = [
  { call: "prlimit64", errno: EPERM, allowed: [[OWN]] },
  { call: "setpriority", errno: EPERM, allowed: [[OWN, { arg: 1, is: [0] }]] },
  { call: "ioprio_set", errno: EPERM, allowed: [[{ arg: 0, is: [1] }, { arg: 1, is: [0] }]] },
  { call: "sched_setaffinity", errno: EPERM, allowed: [[OWN]] },
  { call: "sched_setparam", errno: EPERM, allowed: [[OWN]] },
  { call: "sched_setscheduler", errno: EPERM, allowed: [[OWN]] },
  { call: "sched_setattr", errno: EPERM, allowed: [[OWN]] },
];

const NO_RING: CallRule = { call: "io_uring_setup", errno: EACCES, allowed: [] };

/** No socket but unix, by any call: Landlock knows TCP alone. */
const NO_NETWORK: readonly CallRule[] = [
  { call: "socket", errno: EACCES, allowed: [[{ arg: 0, is: [UNIX!] }]] },
  { call: "socketpair", errno: EACCES, allowed: [[{ arg: 0, is: [UNIX!] }]] },
  NO_RING,
];

// SECURITY: Landlock looks at connect(2) of TCP alone: what else makes a stream to a port, in one
// call with its first bytes or by another protocol, would go to every port
// (tests/e2e/landlock_test.ts, tests/hostile/other-transports).
const PORTS_ALONE: readonly CallRule[] = [
  {
    call: "socket",
    errno: EACCES,
    allowed: [
      // Netlink: names to addresses, by the C library.
      [{ arg: 0, is: [UNIX!, NETLINK!] }],
      [
        { arg: 0, is: [INET!, INET6!] },
        { arg: 1, mask: TYPE_MASK, is: [STREAM!, DGRAM!] },
        { arg: 2, is: [IP!, TCP!, UDP!] },
      ],
    ],
  },
  { call: "socketpair", errno: EACCES, allowed: [[{ arg: 0, is: [UNIX!] }]] },
  // Another protocol in place of TCP, on a socket that is there.
  {
    call: "setsockopt",
    errno: EACCES,
    allowed: [[{ arg: 1, isNot: [TCP!] }], [{ arg: 2, isNot: [TCP_ULP] }]],
  },
  ...([["sendto", 3], ["sendmsg", 2], ["sendmmsg", 3]] as const).map(([call, arg]) => ({
    call,
    errno: EACCES,
    allowed: [[{ arg, mask: MSG_FASTOPEN, is: [0] }]],
  })),
  NO_RING,
];

/** The rules for a run with these networks. */
function listCallRules(net: Networks): readonly CallRule[] {
  if (net === "any") return OWN_PROCESS;
  return [...OWN_PROCESS, ...(net === "none" ? NO_NETWORK : PORTS_ALONE)];
}

/** One instruction: what it does, where it goes on if its test holds or not, and its number. */
export type Instruction = readonly [code: number, jt: number, jf: number, k: number];

// Load a word of seccomp_data, and, jump if equal or at least, return: see linux/bpf_common.h.
const [LD, AND, JEQ, JGE, RET] = [0x20, 0x54, 0x15, 0x35, 0x06];
const [NUMBER_AT, MACHINE_AT, ARGS_AT] = [0, 4, 16];
const ALLOW: Instruction = [RET!, 0, 0, 0x7fff0000];
/** From here on a number is one of x86_64's other calling convention, x32. */
const X32 = 0x40000000;

function deny(errno: number): Instruction {
  return [RET!, 0, 0, 0x50000 | errno];
}

/** The filter for a run, instruction by instruction. */
export function buildFilter(net: Networks, arch: Arch): Instruction[] {
  const numbers = NUMBERS[arch];
  return [
    [LD!, 0, 0, MACHINE_AT!],
    [JEQ!, 1, 0, numbers.machine],
    deny(EACCES),
    [LD!, 0, 0, NUMBER_AT!],
    [JGE!, 0, 1, X32],
    deny(EACCES),
    ...listCallRules(net).flatMap((rule) => {
      // Each ends in a return, so that what comes after it still has the call's number.
      const body = [...rule.allowed.flatMap(buildAllowed), deny(rule.errno)];
      return [[JEQ!, 0, body.length, numbers[rule.call]] as const, ...body];
    }),
    ALLOW,
  ];
}

/** Returns "allowed" where all conditions hold, else goes on behind itself. */
function buildAllowed(conditions: readonly Condition[]): Instruction[] {
  return conditions.reduceRight<Instruction[]>(
    (after, condition) => [...buildCondition(condition, after.length), ...after],
    [ALLOW],
  );
}

/** Goes on behind itself where the condition holds, else `rest` instructions further on. */
function buildCondition({ arg, mask, is, isNot }: Condition, rest: number): Instruction[] {
  const values = is ?? isNot ?? [];
  const [same, other] = is ? [0, rest] : [rest, 0];
  return [
    [LD!, 0, 0, ARGS_AT! + 8 * arg],
    ...(mask === undefined ? [] : [[AND!, 0, 0, mask] as const]),
    ...values.map((value, index): Instruction => {
      const left = values.length - 1 - index;
      return [JEQ!, left + same!, left === 0 ? other! : 0, value];
    }),
  ];
}

/** The filter as the kernel takes it (struct sock_filter), in hexadecimal. */
export function packFilter(filter: readonly Instruction[]): string {
  const bytes = new DataView(new ArrayBuffer(8 * filter.length));
  filter.forEach(([code, jt, jf, k], index) => {
    bytes.setUint16(8 * index, code, true);
    bytes.setUint8(8 * index + 2, jt);
    bytes.setUint8(8 * index + 3, jf);
    bytes.setUint32(8 * index + 4, k, true);
  });
  return new Uint8Array(bytes.buffer).toHex();
}
