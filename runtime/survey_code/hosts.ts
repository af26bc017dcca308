/** Texts -> the hosts and files that a request to them would ask for. Pure. */
import type { Text } from "./text.ts";

/** What a URL leads to; `undefined` is what only a run can tell, `null` what asks for nothing. */
export type Target =
  | { readonly host: string; readonly port?: number }
  | { readonly file: Text }
  | null
  | undefined;

const PORTS: Readonly<Record<string, number>> = { http: 80, ws: 80, https: 443, wss: 443 };

/** What a request to a URL asks for. */
export function targetOf(text: Text): Target {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text.text)?.[1]?.toLowerCase();
  if (scheme === undefined) return text.whole ? null : undefined;
  if (scheme === "file") return { file: filePath(text) };
  return hostOf(text) ?? (Object.hasOwn(PORTS, scheme) ? undefined : null);
}

/**
 * The host of a URL for the web, as task.yaml writes it: with the port where the URL has one. `port` is
 * there where it can be told.
 */
export function hostOf({ text, whole }: Text): { host: string; port?: number } | undefined {
  const found = /^(https?|wss?):\/\/([^/?#\\\s]*)([^]*)$/i.exec(text);
  if (found === null) return undefined;
  const [, scheme = "", authority = "", rest = ""] = found;
  if (whole || rest !== "") {
    const url = URL.parse(`${scheme.replace(/^ws/i, "http")}://${authority}/`);
    if (url === null || url.hostname === "") return undefined;
    if (url.port !== "") return { host: url.host, port: Number(url.port) };
    return { host: url.hostname, port: PORTS[scheme.toLowerCase()]! };
  }
  // The text may go on inside the host: "https://api.github.com" + path most likely does not.
  const head =
    /^((?:[a-z0-9-]+\.)+[a-z]{2,}|localhost|[0-9]+(?:\.[0-9]+){3}|\[[0-9a-f:.]+\])(:[0-9]*)?$/i
      .exec(authority);
  if (head === null) return undefined;
  const host = head[1]!.toLowerCase();
  return head[2] === undefined ? { host, port: PORTS[scheme.toLowerCase()]! } : { host };
}

/** The path of a text that is a file's URL; other texts as they are. */
export function filePath({ text, whole }: Text): Text {
  if (!/^file:/i.test(text)) return { text, whole };
  const path = URL.parse(text)?.pathname;
  if (path === undefined) return { text: "", whole: false };
  try {
    return { text: decodeURIComponent(path), whole };
  } catch {
    return { text: path, whole };
  }
}
