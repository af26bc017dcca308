/**
 * The forms of docs/reference/masking.md, each made by the encoder that programs use, around a value.
 *
 * Nothing here knows how the masker builds its patterns: that is what it is held against.
 */

/** What a program shows, and how much of its beginning and its end is not the value's. */
export type Shown = readonly [text: string, before: number, after: number];

/** Undefined for a value that masking.md leaves out. */
type Form = (value: string) => Shown | undefined;

const jsonUpper = (json: string) =>
  json.replace(
    /\\(?:u([0-9a-f]{4})|.)/g,
    (all, digits?: string) => digits === undefined ? all : "\\u" + digits.toUpperCase(),
  );
const python = (value: unknown) =>
  JSON.stringify(value).replace(
    /[\x7f-\uffff]/g,
    (char) => "\\u" + char.charCodeAt(0).toString(16).padStart(4, "0"),
  );
const slashes = (json: string) => json.replaceAll("/", "\\/");
const strict = (value: string) =>
  encodeURIComponent(value).replace(
    /[!'()*]/g,
    (char) => "%" + char.charCodeAt(0).toString(16).toUpperCase(),
  );
const search = (value: string) => new URLSearchParams({ q: value }).toString();
const lower = (text: string) => text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
const bytesOf = (text: string) => new TextEncoder().encode(text);

const framed =
  (before: number, after: number, encode: (value: string) => string): Form => (value) => [
    encode(value),
    before,
    after,
  ];

const isOneLine = (value: string) => !/[\n\r]/.test(value);
const oneLine =
  (before: number, after: number, encode: (value: string) => string): Form => (value) =>
    isOneLine(value) ? [encode(value), before, after] : undefined;
const inspect = (value: unknown) => Deno.inspect(value, { breakLength: Infinity });

/** In a URL, where the value fits there. What `new URL` drops is nobody's to find. */
function url(
  before: string,
  after: string,
  make: (value: string) => string,
  fits: (value: string) => boolean = () => true,
): Form {
  return (value) => {
    const isThere = /[^\t\n\r]/.test(value) && fits(value);
    return isThere ? [make(value), before.length, after.length] : undefined;
  };
}
const written = (before: string, after: string, fits?: (value: string) => boolean) =>
  url(before, after, (value) => new URL(before + value + after).href, fits);
const set = (
  part: "search" | "pathname" | "hash" | "username" | "password",
  before: string,
  after: string,
  fits?: (value: string) => boolean,
) =>
  url(before, after, (value) => {
    const made = new URL("https://host/");
    made[part] = value;
    return made.href;
  }, fits);

/** Without what ends the part of a URL, and not empty. */
const inUser = (value: string) => !/[\/?#\\]|^[\t\n\r:]*$/.test(value);
/** `new URL` shortens a path with such a part. */
const inPath = (value: string) =>
  !value.replaceAll(/[\t\n\r]/g, "").split(/[\/\\?#]/)
    .some((part) => /^(?:\.|%2e){1,2}$/i.test(part));
/** The mark that begins the part: `new URL` drops one there. */
const unmarked = (mark: string) => (value: string) => !value.trimStart().startsWith(mark);
/** Digits in lower case only where the encoder wrote them. */
const noPercent = (value: string) => !value.includes("%");

/** The forms, by what makes them. */
export const FORMS: Readonly<Record<string, Form>> = {
  "as it is": framed(1, 1, (value) => `<${value}>`),
  "JSON": framed(7, 5, (value) => JSON.stringify({ a: [value, 1] })),
  "JSON twice": framed(10, 4, (value) => JSON.stringify(JSON.stringify({ a: value }))),
  "Python": framed(1, 1, python),
  "Python twice": framed(3, 3, (value) => python(python(value))),
  "Python of JSON": framed(3, 3, (value) => python(JSON.stringify(value))),
  "JSON of Python": framed(3, 3, (value) => JSON.stringify(python(value))),
  "Python with upper case digits": framed(1, 1, (value) => jsonUpper(python(value))),
  "PHP": framed(1, 1, (value) => slashes(python(value))),
  "PHP without \\u": framed(1, 1, (value) => slashes(JSON.stringify(value))),
  "Deno.inspect": framed(1, 1, inspect),
  "Deno.inspect in a list": oneLine(3, 3, (value) => inspect([value])),
  "Deno.inspect as a key": oneLine(3, 7, (value) => inspect({ [`${value} `]: 1 })),
  "Deno.inspect in a longer text": oneLine(9, 3, (value) => inspect([`it is ${value}`])),
  "Deno.inspect beside quotes": oneLine(6, 3, (value) => inspect([`'"${value}`])),
  "Deno.inspect of JSON": (value) => {
    const shown = inspect({ b: JSON.stringify({ v: value }) });
    if (!isOneLine(value)) return undefined;
    // In double quotes where the text has all kinds of quotes.
    return shown.startsWith('{ b: "') ? [shown, 15, 6] : [shown, 12, 5];
  },
  "encodeURIComponent": framed(0, 0, encodeURIComponent),
  "encodeURI": framed(0, 0, encodeURI),
  "URLSearchParams": framed(2, 0, search),
  "encodeURIComponent in lower case": framed(0, 0, (value) => lower(encodeURIComponent(value))),
  "URLSearchParams in lower case": framed(2, 0, (value) => lower(search(value))),
  "RFC 3986": framed(0, 0, strict),
  "Python's quote": framed(0, 0, (value) => strict(value).replaceAll("%2F", "/")),
  "Python's quote_plus": framed(0, 0, (value) => strict(value).replaceAll("%20", "+")),
  "new URL, query": written("https://host/?q=", "&z"),
  "new URL, query of another scheme": written("foo://host/?q=", "&z"),
  "new URL, path": written("https://host/a/", "/z", inPath),
  "new URL, fragment": written("https://host/#", "z"),
  "new URL, user": written("https://", "@host/", inUser),
  "new URL, password": written("https://user:", "@host/", inUser),
  "url.search": set("search", "https://host/?", "", unmarked("?")),
  "url.pathname": set("pathname", "https://host/", "", inPath),
  "url.hash": set("hash", "https://host/#", "", unmarked("#")),
  "url.username": set("username", "https://", "@host/"),
  "url.password": set("password", "https://:", "@host/"),
  "url.password in lower case": url("https://:", "@host/", (value) => {
    const made = new URL("https://host/");
    made.password = value;
    return lower(made.href);
  }, noPercent),
  "hex": framed(2, 0, (value) => "0x" + bytesOf(value).toHex()),
  "hex in upper case": framed(2, 0, (value) => "0x" + bytesOf(value).toHex().toUpperCase()),
};
