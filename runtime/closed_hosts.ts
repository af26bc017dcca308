/**
 * Addresses that no name may lead to, unless they are named one by one: loopback, link-local, and
 * those where clouds keep their machines' credentials. They become `--deny-net`, which Deno holds
 * against the address that a name resolved to, not against the name.
 *
 * An address that is named is taken out of its range, and the rest stays closed.
 */

/** Beside 127.0.0.0/8, since `0.0.0.0` and `[::]` lead to loopback too. */
const LOOPBACK = ["127.0.0.0/8", "0.0.0.0/8", "[::1]", "[::]"];

/**
 * Link-local and metadata. Deno 2.9.6 knows no ranges of IPv6: fe80::/10 stays open to `"*"`, but is
 * not dialled without an interface's name.
 */
const LINK_LOCAL = [
  "169.254.0.0/16",
  "100.100.100.200/32",
  "168.63.129.16/32",
  "192.0.0.192/32",
  "[fd00:ec2::254]",
  "[fd20:ce::254]",
];
/** The same as 64:ff9b::/96 spells them, which some networks translate (RFC 6052). */
const TRANSLATED = [
  "[64:ff9b::a9fe:a9fe]",
  "[64:ff9b::a9fe:aa02]",
  "[64:ff9b::a9fe:aa17]",
  "[64:ff9b::6464:64c8]",
  "[64:ff9b::a83f:8110]",
  "[64:ff9b::c000:c0]",
];
const LOCALHOST = /^(?:.*\.)?localhost$/;

/** The entries of `--deny-net` for hosts as task.yaml declares them. Pure. */
export function listClosed(net: readonly string[]): string[] {
  if (net.length === 0) return [];
  const named = net.flatMap((entry) => {
    const [host] = splitHost(entry);
    return LOCALHOST.test(host) ? ["127.0.0.1", "[::1]"] : [host];
  });
  // A name without a dot is one of this machine's or its network's: it may well be loopback.
  const isLocal = !net.includes("*") && named.some((host) => !/[.:*]/.test(host));
  return [...isLocal ? [] : LOOPBACK, ...LINK_LOCAL, ...TRANSLATED].flatMap((range) => {
    if (range.startsWith("[")) return named.includes(range) ? [] : [range];
    return takeOut(parseRange(range), named.flatMap(parseAddress)).map(formatRange);
  });
}

/** Whether a declared host is one that `"*"` leaves out. */
export function isClosed(entry: string): boolean {
  const [host] = splitHost(entry);
  if (LOCALHOST.test(host)) return true;
  const [address] = parseAddress(host);
  return [...LOOPBACK, ...LINK_LOCAL, ...TRANSLATED].some((range) =>
    range.startsWith("[")
      ? range === host
      : address !== undefined && covers(parseRange(range), address)
  );
}

/** A range of IPv4 addresses: its first, and how many leading bits its addresses share. */
interface Range {
  readonly first: number;
  readonly bits: number;
}

/** What is left of a range without some addresses: halves, and halves of these. */
function takeOut(range: Range, addresses: readonly number[]): Range[] {
  if (!addresses.some((address) => covers(range, address))) return [range];
  if (range.bits === 32) return [];
  const bits = range.bits + 1;
  const upper = range.first + 2 ** (32 - bits);
  return [{ first: range.first, bits }, { first: upper, bits }]
    .flatMap((half) => takeOut(half, addresses));
}

function covers({ first, bits }: Range, address: number): boolean {
  return address >= first && address < first + 2 ** (32 - bits);
}

function parseRange(text: string): Range {
  const [address = "", bits] = text.split("/");
  return { first: parseAddress(address)[0] ?? 0, bits: Number(bits) };
}

function formatRange({ first, bits }: Range): string {
  const address = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".");
  return bits === 32 ? address : `${address}/${bits}`;
}

/** The number of an IPv4 address; nothing for any other host. */
function parseAddress(host: string): number[] {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(host)) return [];
  return [host.split(".").reduce((number, part) => number * 256 + Number(part), 0)];
}

/** The parts of a declared `host` or `host:port`. */
export function splitHost(entry: string): [host: string, port?: number] {
  const [, host, port] = /^(.+):(\d+)$/.exec(entry) ?? [];
  return host === undefined ? [entry] : [host, Number(port)];
}
