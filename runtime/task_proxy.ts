/**
 * Proxy variables among `permissions.env`: they steer Deno's `fetch`, so they must fit `net`.
 *
 * SECURITY: `fetch` sends every request through the host that these name, whatever `net` lists. A
 * literal one is checked here; what comes from the host or a secret is known at run time only, and
 * is checked there (tests/unit/runtime/task_test.ts, `parseTask() refuses a proxy outside net`).
 */
import { isClosed } from "./closed_hosts.ts";
import { parseHostEntry } from "./host_entry.ts";
import { isFault, type Report } from "./report.ts";
import type { EnvEntry } from "./task_env.ts";

const PROXIES = new Set(["http_proxy", "https_proxy", "all_proxy"]);

/** The variables that name a proxy: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, also in lower case. */
export function isProxyVariable(name: string): boolean {
  return PROXIES.has(name.toLowerCase()) && isOneCase(name);
}

/** `NO_PROXY` or `no_proxy`. */
export function isNoProxyVariable(name: string): boolean {
  return name === "NO_PROXY" || name === "no_proxy";
}

/**
 * The host and port of a proxy's address, as `fetch` takes it; undefined if it is none. Without a
 * scheme it is `http:`.
 */
export function parseProxy(value: string): { host: string; port: number } | undefined {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`);
  if (url === null || url.hostname === "") return undefined;
  const usual = url.protocol === "https:" ? 443 : url.protocol === "http:" ? 80 : 1080;
  return { host: url.hostname.toLowerCase(), port: Number(url.port || usual) };
}

/** Whether `net` grants a proxy; `"*"` grants neither loopback, link-local nor metadata hosts. */
export function netGrants(net: readonly string[], proxy: { host: string; port: number }): boolean {
  return net.some((entry) => {
    // An address of IPv6 may be translated to a closed one.
    if (entry === "*") return !isClosed(proxy.host) && !proxy.host.startsWith("[");
    const granted = parseHostEntry(entry);
    return !isFault(granted) && granted.host === proxy.host &&
      (granted.port === undefined || granted.port === proxy.port);
  });
}

/** Reports literal proxies outside `net`, and a NO_PROXY without a proxy. */
export function checkProxies(
  env: readonly EnvEntry[],
  net: readonly string[],
  report: Report,
): void {
  for (const entry of env) {
    const place = { line: entry.where.line ?? 1, column: entry.where.column ?? 1 };
    if (isProxyVariable(entry.name) && entry.kind === "value" && entry.value !== "") {
      const proxy = parseProxy(entry.value);
      if (proxy !== undefined && netGrants(net, proxy)) continue;
      // The host is not shown: what is no address may be a secret in the wrong line.
      const state = proxy === undefined
        ? "its value is no proxy's address"
        : "its host is not in net";
      const why = "fetch sends every request through it";
      report.add(
        place,
        `cannot set ${entry.name}: ${state}, and ${why}`,
        "add the proxy's host and port to permissions.net, or remove the variable",
      );
    }
    if (isNoProxyVariable(entry.name) && !env.some(({ name }) => isProxyVariable(name))) {
      const message = `cannot set ${entry.name}: no proxy variable is declared beside it`;
      report.add(place, message, "remove it: without a proxy it has no effect");
    }
  }
}

function isOneCase(name: string): boolean {
  return name === name.toLowerCase() || name === name.toUpperCase();
}
