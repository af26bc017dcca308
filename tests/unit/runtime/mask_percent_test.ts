import assert from "node:assert/strict";
import { Masker } from "../../../runtime/mask.ts";
import { around, assertHidden, AWKWARD, left } from "./mask_samples.ts";

/** Those that hold no escape of their own, which flipCase would change. */
const UNESCAPED = AWKWARD.filter((text) => !text.includes("%2F"));

const flipCase = (text: string) => text.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());

Deno.test("encodeURIComponent, encodeURI and URLSearchParams, digits in either case", () => {
  for (
    const encode of [
      encodeURIComponent,
      encodeURI,
      (value: string) => new URLSearchParams({ q: value }).toString(),
    ]
  ) {
    assertHidden(encode);
    assertHidden((value) => flipCase(encode(value)), UNESCAPED);
  }
});

Deno.test("RFC 3986 encoding, as Python's urllib.parse.quote and jq print it", () => {
  // python3 -c 'from urllib.parse import *; v="Alpha77Q!~/ é*Omega88Z"; print(quote(v), quote_plus(v))'
  const value = "Alpha77Q!~/ é*Omega88Z";
  assert.equal(left(value, "Alpha77Q%21~/%20%C3%A9%2AOmega88Z"), "***");
  assert.equal(left(value, "Alpha77Q%21~%2F+%C3%A9%2AOmega88Z"), "***");
  assert.equal(left(value, "Alpha77Q%21~%2F%20%C3%A9%2AOmega88Z"), "***");
});

Deno.test("new URL: query, path, fragment and user info, written in the text or set", () => {
  const set =
    (name: "search" | "pathname" | "hash" | "username" | "password") => (value: string) => {
      const url = new URL("https://host/");
      url[name] = value;
      return url.href;
    };
  assertHidden((value) => new URL("https://host/?q=" + value + "&z").href);
  assertHidden((value) => new URL("foo://host/?q=" + value + "&z").href);
  assertHidden((value) => new URL("https://host/a/" + value + "/z").href);
  assertHidden((value) => new URL("https://host/#" + value + "z").href);
  for (const name of ["search", "pathname", "hash", "username", "password"] as const) {
    assertHidden(set(name));
    assertHidden((value) => flipCase(set(name)(value)), UNESCAPED);
  }
  // The characters that end the user info are not part of it.
  const inUser = AWKWARD.filter((text) => !/[/?#\\]/.test(text));
  assertHidden((value) => new URL("https://" + value + "@host/").href, inUser);
  assertHidden((value) => new URL("https://user:" + value + "@host/").href, inUser);
});

Deno.test("a value that is a URL is hidden as new URL prints it", () => {
  const value = "HTTPS://User:p@ss@Host.example:443/a/../path with space";
  assert.equal(left(value, `<${new URL(value).href}>`), "<***>");
});

Deno.test("a value that encodeURIComponent put into a URL, and one whose ends a URL trims", () => {
  const masker = new Masker(1);
  masker.conceal("it's a canary value");
  masker.conceal("  canary-with-spaces \n");
  const encoded = new URL(`http://h/?q=${encodeURIComponent("it's a canary value")}`).href;
  assert.equal(masker.text(encoded), "http://h/?q=***");
  const trimmed = new URL("http://h/?q=canary-with-spaces \n").href;
  assert.equal(masker.text(trimmed), "http://h/?q=***");
});

Deno.test("new URL: a value with line ends beside # or :, and one that ends with a colon", () => {
  const url = new URL("https://host/");
  const [value, user] = [around("a\n#b c"), around("\r\n:p@ss")];
  url.search = value;
  assert.equal(left(value, url.href), "https://host/?***");
  assert.equal(left(user, new URL(`https://${user}@host/`).href), "https://***@host/");
  const ended = around("") + ":";
  assert.equal(left(ended, new URL(`https://${ended}@host/`).href), "https://***@host/");
});
