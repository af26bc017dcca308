/**
 * One host as `net` and `import` list it: `api.github.com`, `localhost:8080`, `192.0.2.1`, `[::1]:80`.
 *
 * SECURITY: what passes here becomes a part of a flag of Deno. A comma would make two grants of one;
 * `*.host`, CIDR, `unix:` and `vsock:` mean more than a host there: all are refused
 * (tests/unit/runtime/task_test.ts, `parseTask() refuses a net entry that is no host`).
 */
import type { Fault } from "./report.ts";

/** A host and its port, if one is given; `host` is lower case, IPv6 in brackets and shortest form. */
export interface HostEntry {
  readonly host: string;
  readonly port?: number;
}

/**
 * Reads `host` or `host:port`.
 *
 * @returns the host, or a Fault whose hint has the right spelling where it can be told.
 */
export function parseHostEntry(text: string): HostEntry | Fault {
  if (text === "") return { state: "is empty" };
  if (/^(?:unix|vsock):/i.test(text)) {
    return { state: "is a socket", hint: "sockets cannot be granted, only hosts" };
  }
  // A URL may carry a credential in any part but its host: no message shows one.
  if (text.includes("@")) {
    const hint = hostOf(text.includes("://") ? text : `x://${text}`);
    return { state: "holds a user's name", hint, private: true };
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    return { state: "has a scheme", hint: hostOf(text), private: true };
  }
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x20\x7f-\xa0]|\p{C}|\p{Z}/u.test(text)) {
    return { state: "holds a space or a control character", hint: "write one host an entry" };
  }
  if (text.includes(",")) return { state: "holds a comma", hint: "write one host an entry" };
  if (/^(?:npm|jsr|node|data|file):(?![0-9]+$)/i.test(text)) return { state: "is no host" };
  if (/^[0-9a-f.:[\]]+\/[0-9]+$/i.test(text)) {
    return { state: "is a range of addresses", hint: "list each host by itself" };
  }
  if (/[/?#\\]/.test(text)) {
    return { state: "has a path", hint: hostOf(`x://${text}`), private: true };
  }
  if (text.includes("*")) {
    return { state: "is a pattern", hint: 'list each host by itself, or "*" alone for all' };
  }
  if (text.startsWith("[")) return parseBracketed(text);
  if (text.split(":").length > 2) {
    return isIPv6(text)
      ? { state: "is an IPv6 address without brackets", hint: `write "[${text}]"` }
      : { state: "has more than one colon", hint: "write host or host:port" };
  }
  const [name = "", port] = text.split(":");
  return checkName(name, port === undefined ? "" : `:${port}`) ??
    withPort(name.toLowerCase(), port);
}

/** A host entry as Deno's flags and messages spell it. */
export function formatHostEntry(entry: HostEntry): string {
  return entry.port === undefined ? entry.host : `${entry.host}:${entry.port}`;
}

function parseBracketed(text: string): HostEntry | Fault {
  const found = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  const [, address = "", port] = found ?? [];
  if (address.includes("%")) {
    const hint = "link-local addresses of IPv6 cannot be reached: grant another of its addresses";
    return { state: "names an interface", hint };
  }
  if (!isIPv6(address)) {
    return { state: "is not an IPv6 address", hint: 'write one such as "[::1]" or "[::1]:8080"' };
  }
  const host = new URL(`http://[${address}]/`).hostname;
  const mapped = /^\[::ffff:([0-9a-f]+):([0-9a-f]+)\]$/.exec(host);
  if (mapped === null) return withPort(host, port);
  const bytes = mapped.slice(1).map((part) => parseInt(part, 16))
    .flatMap((part) => [part >> 8, part & 255]);
  const hint = `write ${bytes.join(".")}${port === undefined ? "" : `:${port}`}`;
  return { state: "is an IPv4 address in the form of IPv6", hint };
}

function withPort(host: string, port: string | undefined): HostEntry | Fault {
  if (port === undefined) return { host };
  if (!/^[1-9][0-9]{0,4}$/.test(port) || Number(port) > 65_535) {
    return { state: "has a port that is not 1 to 65535", hint: `write ${host} for every port` };
  }
  return { host, port: Number(port) };
}

/** What is wrong with a name; `rest` is what follows it, for the hint. */
function checkName(name: string, rest: string): Fault | undefined {
  if (name === "") return { state: "has no host before the port" };
  // deno-lint-ignore no-control-regex
  if (/[^\x00-\x7f]/.test(name)) {
    const ascii = URL.parse(`http://${name}/`)?.hostname;
    return {
      state: "holds a letter outside ASCII",
      hint: ascii === undefined ? "write the host's punycode form" : `write ${ascii}${rest}`,
    };
  }
  if (name.endsWith(".")) {
    return { state: "ends with a dot", hint: `write ${name.replace(/\.+$/, "")}${rest}` };
  }
  if (/(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/i.test(name)) {
    const parts = name.split(".");
    const fits = parts.length === 4 &&
      parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255);
    if (fits) return undefined;
    // Deno and browsers read hexadecimal, octal and short forms; a person reads another host.
    const meant = URL.parse(`http://${name}/`)?.hostname;
    return meant === undefined
      ? { state: "is not an IPv4 address", hint: "write one such as 192.0.2.1" }
      : { state: "is an IPv4 address in another spelling", hint: `write ${meant}${rest}` };
  }
  const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;
  if (name.length > 253 || !name.split(".").every((part) => label.test(part))) {
    return { state: "is not a host's name", hint: "write one such as api.github.com" };
  }
  return undefined;
}

function isIPv6(address: string): boolean {
  return /^[0-9a-f:.]+$/i.test(address) && URL.canParse(`http://[${address}]/`);
}

/** The hint with the host of a URL alone; never its user, path or query. */
function hostOf(url: string): string {
  const parsed = URL.parse(url.replace(/^[a-z][a-z0-9+.-]*:/i, "http:"));
  return parsed === null || parsed.hostname === ""
    ? "write the host alone"
    : `write ${parsed.host}`;
}
