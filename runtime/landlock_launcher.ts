/**
 * The program that restricts itself by Landlock and then becomes another: a script for perl, which
 * every Debian and most other servers have, since Deno itself cannot make these system calls.
 *
 * It takes what is allowed as arguments and adds nothing. What of the system is not there stays
 * denied; what cannot be set up ends it with 125 and one line that explainLandlock
 * (landlock_probe.ts) reads. Needs perl alone, no module of it; see landlock(7), openat2(2),
 * prctl(2), seccomp(2).
 */
import { type Arch, buildFilter, type Networks, packFilter } from "./syscall_filter.ts";

/**
 * How a path is opened. `system`: links are followed, and what is missing is left out. Else by no
 * link: `real` must be there, `optional` may be missing.
 */
export type Opening = "system" | "real" | "optional";

/** A path and the access rights below it (ACCESS), those that the kernel does not know left out. */
export interface LandlockRule {
  readonly path: string;
  readonly access: number;
  readonly opening: Opening;
}

/** What the launcher is told. */
export interface LandlockRules {
  readonly rules: readonly LandlockRule[];
  readonly net: Networks;
  /** The least version of Landlock that will do. */
  readonly leastAbi: number;
}

/** LANDLOCK_ACCESS_FS_* of the kernel's landlock.h, by the version that brought them. */
export const ACCESS = {
  execute: 1 << 0,
  writeFile: 1 << 1,
  readFile: 1 << 2,
  readDir: 1 << 3,
  /** Make and remove files, folders, links, sockets and pipes; not devices. */
  changeDir: 0x17b0,
  /** Version 2: into another folder. */
  refer: 1 << 13,
  /** Version 3. */
  truncate: 1 << 14,
  /** Version 9: dial a socket file. */
  resolveUnix: 1 << 16,
} as const;

/** Numbers that differ between machines; those of Landlock and openat2 do not. */
const SYSCALLS: Readonly<Record<Arch, Readonly<Record<string, number>>>> = {
  x86_64: { prctl: 157, capset: 126 },
  aarch64: { prctl: 167, capset: 91 },
};

/** The arguments of perl that put a program behind these rules. */
export function landlockArgs(
  { rules, net, leastAbi }: LandlockRules,
  command: readonly string[],
): string[] {
  const ports = typeof net === "string" ? net : net.join(",");
  return [
    "-e",
    buildScript(),
    "--",
    String(leastAbi),
    ports,
    packFilter(buildFilter(net, Deno.build.arch)),
    ...rules.flatMap(({ path, access, opening }) => [opening, String(access), path]),
    "--",
    ...command,
  ];
}

/** The script for this machine, with comments for whoever meets it in `ps`. */
export function buildScript(arch: Arch = Deno.build.arch): string {
  const n = SYSCALLS[arch];
  return `
sub stop { my $errno = $! + 0; print STDERR "landlock: $_[0] $errno\\n"; exit 125 }
my ($least, $net, $filter) = splice @ARGV, 0, 3;

# What the kernel knows: its version, then every right up to it.
my $abi = syscall 444, 0, 0, 1;
stop "abi" if $abi < 0;
if ($abi < $least) { print STDERR "landlock: version $abi\\n"; exit 125 }
my $fs = $abi < 5 ? 0x7fff : $abi < 9 ? 0xffff : 0x1ffff;
my $tcp = $abi >= 4 && $net ne "any" ? 3 : 0;
my $scoped = $abi >= 6 ? 3 : 0;
my $attr = pack "QQQ", $fs, $tcp, $scoped;
my $set = syscall 444, $attr, 24, 0;
stop "create" if $set < 0;

# O_PATH and O_CLOEXEC; RESOLVE_NO_SYMLINKS where a path is what it was found to be.
sub open_at { my ($path, $resolve) = @_; my $how = pack "QQQ", 0x280000, 0, $resolve;
  return syscall 437, -100, $path, $how, 24 }
stop "openat2" if open_at("/", 4) < 0;

# The rules. /proc/self is opened here, so that it is the program's own: exec keeps the pid.
while (@ARGV and (my $opening = shift) ne "--") {
  my ($access, $path) = splice @ARGV, 0, 2;
  my $fd = open_at($path, $opening eq "system" ? 0 : 4);
  if ($fd < 0) {
    next if $opening eq "system" or $opening eq "optional" && $! == 2;
    stop "path_" . unpack "H*", $path;
  }
  for my $rights ($access & $fs, $access & $fs & 0x1c007) {
    my $rule = pack "Ql", $rights, $fd;
    last if !$rights or syscall(445, $set, 1, $rule, 0) == 0;
    # 22: a file, which has none of the rights of a folder.
    stop "rule" if $! != 22;
  }
}
for my $port ($net =~ /\\d+/g) {
  my $rule = pack "QQ", $tcp, $port;
  !$tcp or syscall(445, $set, 2, $rule, 0) == 0 or stop "port";
}

# No new rights by exec; dead with the host; nothing of root's power beside its files.
syscall(${n.prctl}, 38, 1, 0, 0, 0) == 0 or stop "no_new_privs";
syscall ${n.prctl}, 1, 9, 0, 0, 0;
syscall ${n.prctl}, 24, $_, 0, 0, 0 for 0 .. 63;
syscall ${n.prctl}, 47, 4, 0, 0, 0;
my ($head, $caps) = (pack("LL", 0x20080522, 0), pack "L6", (0) x 6);
syscall(${n.capset}, $head, $caps) == 0 or stop "capset";
syscall(446, $set, 0) == 0 or stop "restrict";

# What Landlock does not know (syscall_filter.ts).
$filter = pack "H*", $filter;
my $program = pack "S x6 P", length($filter) / 8, $filter;
syscall(${n.prctl}, 22, 2, $program, 0, 0) == 0 or stop "seccomp";
exec { $ARGV[0] } @ARGV;
stop "exec";
`;
}
