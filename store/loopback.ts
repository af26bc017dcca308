/** Whether a service is on this machine: there a token may go in plain HTTP. */

/** Whether a URL's host is this machine, told by its name alone. */
export function isLoopback(url: URL): boolean {
  return /^(?:localhost|127(?:\.[0-9]+){3}|\[::1\])$/.test(url.hostname);
}
