import assert from "node:assert/strict";
import fc from "fast-check";
import { formatJsonLine } from "../../../runtime/json_line.ts";
import { showControls } from "../../../runtime/host.ts";
import { TerminalFilter } from "../../../runtime/terminal_filter.ts";
import { CONTROL } from "../../../store/rules.ts";
import { cutAt, encode, join } from "./mask_samples.ts";

const RUNS = Deno.env.get("SLOW") ? 100_000 : 3000;
const SEED = 27_182;

/** What a filter makes of the chunks, its end included, as text; fails if that is not UTF-8. */
function filtered(...chunks: readonly (string | Uint8Array)[]): string {
  const filter = new TerminalFilter();
  const pieces = chunks.map((chunk) =>
    filter.push(typeof chunk === "string" ? encode(chunk) : chunk.slice())
  );
  return decode(join([...pieces, filter.end()]));
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

/** Latin-1: each character is a byte. */
const bytesOf = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** Where a sequence is taken for one by no terminal, it is a case all the same. */
const SHOWN: readonly (readonly [what: string, text: string, shown: string])[] = [
  ["clear the screen", "\x1b[H\x1b[2J\x1b[3J", "\\u001b[H\\u001b[2J\\u001b[3J"],
  ["cursor up, and erase the line", "\x1b[1A\x1b[2K", "\\u001b[1A\\u001b[2K"],
  ["cursor to a place, saved, restored", "\x1b[5;7H\x1b7\x1b8", "\\u001b[5;7H\\u001b7\\u001b8"],
  ["region that scrolls", "\x1b[3;10r", "\\u001b[3;10r"],
  ["alternate screen, mouse, paste", "\x1b[?1049;1000;2004h", "\\u001b[?1049;1000;2004h"],
  [
    "status and cursor reports",
    "\x1b[5n\x1b[6n\x1b[c\x1b[>c\x1b[=c",
    "\\u001b[5n\\u001b[6n" +
    "\\u001b[c\\u001b[>c\\u001b[=c",
  ],
  ["answerback", "\x05", "\\u0005"],
  ["report of the title, size of the window", "\x1b[21t\x1b[8;1;1t", "\\u001b[21t\\u001b[8;1;1t"],
  ["repeat a character", "a\x1b[99999b", "a\\u001b[99999b"],
  ["keys of xterm: private, though it ends in m", "\x1b[>4;2m\x1b[?4m", "\\u001b[>4;2m\\u001b[?4m"],
  ["an m behind an intermediate byte", "\x1b[1 m\x1b[1!m", "\\u001b[1 m\\u001b[1!m"],
  ["title", "\x1b]0;mine\x07\x1b]2;mine\x1b\\", "\\u001b]0;mine\\u0007\\u001b]2;mine\\u001b\\"],
  ["clipboard", "\x1b]52;c;cm0gLXJmIC8=\x07", "\\u001b]52;c;cm0gLXJmIC8=\\u0007"],
  [
    "link",
    "\x1b]8;;http://x/\x1b\\a\x1b]8;;\x1b\\",
    "\\u001b]8;;http://x/\\u001b\\a" +
    "\\u001b]8;;\\u001b\\",
  ],
  ["palette", "\x1b]4;0;red\x07\x1b]10;?\x07", "\\u001b]4;0;red\\u0007\\u001b]10;?\\u0007"],
  ["file, by iTerm2", "\x1b]1337;File=:AA\x07", "\\u001b]1337;File=:AA\\u0007"],
  [
    "notification",
    "\x1b]9;hi\x07\x1b]777;notify;a\x07",
    "\\u001b]9;hi\\u0007" +
    "\\u001b]777;notify;a\\u0007",
  ],
  ["sixel", "\x1bPq#0~\x1b\\", "\\u001bPq#0~\\u001b\\"],
  [
    "requests by DCS",
    "\x1bP$qm\x1b\\\x1bP+q544e\x1b\\",
    "\\u001bP$qm\\u001b\\\\u001bP+q544e" +
    "\\u001b\\",
  ],
  [
    "tmux, handing on",
    "\x1bPtmux;\x1b\x1b]0;x\x07\x1b\\",
    "\\u001bPtmux;\\u001b\\u001b]0;x" +
    "\\u0007\\u001b\\",
  ],
  [
    "APC, PM, SOS",
    "\x1b_Ga=T;AA\x1b\\\x1b^x\x1b\\\x1bXx",
    "\\u001b_Ga=T;AA\\u001b\\\\u001b^x" +
    "\\u001b\\\\u001bXx",
  ],
  ["reset", "\x1bc\x1b[!p", "\\u001bc\\u001b[!p"],
  ["character sets", "\x0e\x0f\x1b(0\x1b%G\x1bn", "\\u000e\\u000f\\u001b(0\\u001b%G\\u001bn"],
  ["lines up and down, tab stops", "\x1bM\x1bD\x1bE\x1bH", "\\u001bM\\u001bD\\u001bE\\u001bH"],
  [
    "C1 as characters",
    "\u009b2J\u009d0;x\u009c\u0090q\u0085",
    "\\u009b2J\\u009d0;x\\u009c" +
    "\\u0090q\\u0085",
  ],
  ["over what stands there", "safe\b\b\b\bevil\x7f", "safe\\u0008\\u0008\\u0008\\u0008evil\\u007f"],
  [
    "other controls",
    "\0\x07\x0b\x0c\x18\x1a\x1f",
    "\\u0000\\u0007\\u000b\\u000c\\u0018\\u001a" +
    "\\u001f",
  ],
  [
    "direction of text",
    "\u202ea\u202c\u2066b\u2069\u200f\u061c",
    "\\u202ea\\u202c\\u2066b\\u2069" +
    "\\u200f\\u061c",
  ],
  ["separators of lines", "a\u2028b\u2029", "a\\u2028b\\u2029"],
  ["a control inside a sequence", "\x1b[3\n1m\x1b[1\x1b[2J", "\\u001b[3\n1m\\u001b[1\\u001b[2J"],
  ["aborted, then another", "\x1b[3\x18\x1b]\x1a[2J", "\\u001b[3\\u0018\\u001b]\\u001a[2J"],
  ["one escape after another", "\x1b\x1b[2J", "\\u001b\\u001b[2J"],
  ["endless", "\x1b]0;all of the rest\nof the text", "\\u001b]0;all of the rest\nof the text"],
  ["at the very end", "a\x1b", "a\\u001b"],
  ["an unfinished colour", "a\x1b[31", "a\\u001b[31"],
  [
    "text that is hidden",
    "\x1b[8mrm\x1b[1;08mx\x1b[38;5;8;8m",
    "\\u001b[8mrm\\u001b[1;08mx" +
    "\\u001b[38;5;8;8m",
  ],
  ["fonts", "\x1b[11m\x1b[12m\x1b[20m", "\\u001b[11m\\u001b[12m\\u001b[20m"],
  [
    "colours that are none",
    "\x1b[38;8m\x1b[38;5m\x1b[38;2;1;2m\x1b[48;5;256m\x1b[38:5;8m",
    "" +
    "\\u001b[38;8m\\u001b[38;5m\\u001b[38;2;1;2m\\u001b[48;5;256m\\u001b[38:5;8m",
  ],
  ["longer than any colour", `\x1b[${"1;".repeat(32)}1m`, `\\u001b[${"1;".repeat(32)}1m`],
];

const RAW: readonly (readonly [what: string, bytes: string, shown: string])[] = [
  ["C1 as bytes", "\x9b2J\x9d0;x\x9c", "\ufffd2J\ufffd0;x\ufffd"],
  ["a line feed and an escape, too long", "\xc0\x8a\xc0\x9b[2J", "\ufffd\ufffd\ufffd\ufffd[2J"],
  ["CSI, too long", "\xe0\x82\x9b2J", "\ufffd\ufffd\ufffd2J"],
  ["half of a pair", "\xed\xa0\x80", "\ufffd\ufffd\ufffd"],
  ["beyond Unicode", "\xf4\x90\x80\x80\xff", "\ufffd\ufffd\ufffd\ufffd\ufffd"],
  ["a character broken off by an escape", "\xe2\x80\x1b[2J", "\ufffd\\u001b[2J"],
  ["a character broken off by the end", "a\xf0\x9f\x98", "a\ufffd"],
];

const KEPT = [
  "plain text, ~ and\ttabs\nlines\r\n",
  "50 %\r100 %\n",
  "Grüße, 日本語, עברית, 😀👩‍👩‍👧 é\u0301 \ufeff\u00a0\u00ad\u200b\ufffd\n",
  "\x1b[31mred\x1b[0m \x1b[1;4;38;5;200mx\x1b[m\n",
  "\x1b[38;2;1;2;255mx\x1b[48:2::1:2:3my\x1b[38:2:9:9:9m\x1b[58:5:1m\x1b[4:3mz\x1b[0m",
  "\x1b[01;32mgreen\x1b[;39;49mx\x1b[22;23;24;27;29m\x1b[97;107m\x1b[21;53;55;59m\x1b[0;0m\x1b[00m",
  `\x1b[${"38;2;100;100;100;48;2;100;100;100;58;2;100;100;100;1;3;4"}m\x1b[0m`,
];

Deno.test("what steers a terminal is shown, however it is cut", () => {
  const cases = [
    ...SHOWN.map(([what, text, shown]) => [what, encode(text), shown] as const),
    ...RAW.map(([what, bytes, shown]) => [what, bytesOf(bytes), shown] as const),
  ];
  for (const [what, data, shown] of cases) {
    assert.equal(filtered(data), shown, what);
    for (let i = 0; i <= data.length; i++) {
      for (let k = i; k <= data.length; k++) {
        assert.equal(filtered(...cutAt(data, [i, k])), shown, `${what}, ${i}, ${k}`);
      }
    }
    assert.equal(filtered(...[...data].map((byte) => Uint8Array.of(byte))), shown, what);
  }
});

Deno.test("text, UTF-8 and colours come through as they are, however they are cut", () => {
  for (const text of KEPT) {
    const data = encode(text);
    assert.equal(filtered(text), text);
    for (let i = 0; i <= data.length; i++) {
      assert.equal(filtered(...cutAt(data, [i])), text, `${JSON.stringify(text)}, ${i}`);
    }
    assert.equal(filtered(...[...data].map((byte) => Uint8Array.of(byte))), text);
  }
});

Deno.test("a partial line is not kept back: only a part of a character, or of a colour", () => {
  const filter = new TerminalFilter();
  const steps = [
    ["Name? ", "Name? "],
    ["é", "é"],
    ["50 %\r", "50 %\r"],
    ["a\x1b", "a"],
    ["[", ""],
    ["3", ""],
    ["1m", "\x1b[31m"],
    ["b\x1b", "b"],
    ["]", "\\u001b]"],
    ["0;title", "0;title"],
    ["\x1b[" + "1".repeat(64), ""],
    ["1", "\\u001b[" + "1".repeat(65)],
  ] as const;
  for (const [text, shown] of steps) assert.equal(decode(filter.push(encode(text))), shown);
  assert.equal(decode(filter.push(Uint8Array.of(97, 0xe2, 0x82))), "a");
  assert.equal(decode(filter.push(Uint8Array.of(0xac))), "€");
});

Deno.test("colours end with the stream, where the task has not ended them itself", () => {
  for (const open of ["\x1b[31m", "\x1b[0;31m", "\x1b[38;5;0m", "\x1b[0m\x1b[48;2;0;0;0m"]) {
    assert.equal(filtered(`${open}text`), `${open}text\x1b[0m`);
    assert.equal(filtered(`${open}text\x1b[0m`), `${open}text\x1b[0m`);
    assert.equal(filtered(`${open}text\x1b[m\n`), `${open}text\x1b[m\n`);
    assert.equal(filtered(`${open}text\x1b[3`), `${open}text\\u001b[3\x1b[0m`);
  }
  assert.equal(filtered("\x1b[8m"), "\\u001b[8m");
  assert.equal(filtered(), "");
});

Deno.test("a chunk that nothing is changed in is returned as it is, without a copy", () => {
  const filter = new TerminalFilter();
  for (const text of ["plain\n", "Grüße\n", "日本語.", "again\r\n"]) {
    const chunk = encode(text);
    assert.equal(filter.push(chunk), chunk);
  }
});

Deno.test("keys, messages, the result line and the terminal agree on what steers", () => {
  for (let code = 0; code < 0x10000; code++) {
    const char = String.fromCharCode(code);
    if (!char.isWellFormed()) continue;
    const what = `U+${code.toString(16)}`;
    const steers = CONTROL.test(char);
    assert.equal(showControls(char) !== char, steers && char !== "\t", what);
    assert.equal(CONTROL.test(formatJsonLine(char).slice(0, -1)), false, what);
    assert.equal(filtered(char) !== char, steers && !"\t\n\r".includes(char), what);
  }
});

/** Bytes that have a meaning to some terminal, more often than chance has them. */
const hostile = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 6 }),
    fc.constantFrom(
      ...["\x1b", "\x1b[", "\x1b]", "\x1bP", "[", "m", ";", ":", "0", "31", "38;5;", "8", "4:3"],
      ...["\x1b[31m", "\x1b[0m", "\x1b[1;38;2;1;2;3m", "\x1b[38;5;8", "\x07", "\n", "\r", "ab"],
      ...["\x9b", "\u202e", "é", "日", "😀", "\ufffd", "\u2028", "\x18", "?", " ", "\x7f"],
    ).map(encode),
    fc.constantFrom(0x80, 0x9b, 0xc0, 0xc2, 0xe0, 0xe2, 0xed, 0xf0, 0xf4, 0xff)
      .map((byte) => Uint8Array.of(byte)),
  ),
  { maxLength: 30 },
).map(join);
const places = fc.array(fc.nat(80), { maxLength: 8 });

/** Whether a terminal does nothing with it but draw, go to another line, and colour; by hand. */
function findHarm(text: string): string | undefined {
  const chars = [...text];
  for (let at = 0; at < chars.length; at++) {
    const code = chars[at]!.codePointAt(0)!;
    if (code === 0x1b) {
      if (chars[++at] !== "[") return "an escape that begins no CSI";
      let parameters = "";
      while (chars[++at] !== "m") {
        if (chars[at] === undefined || !"0123456789;:".includes(chars[at]!)) return "no SGR";
        parameters += chars[at];
      }
      if (parameters.length > 64) return "an SGR without bound";
      const isOpen = new Set(["8", "08", "10", "11", "12", "20", "38", "48", "58"]);
      // What follows `38;5;` and `38;2;` is no parameter of its own.
      const list = parameters.split(";");
      for (let i = 0; i < list.length; i++) {
        const [which, kind] = [Number(list[i]), list[i + 1]];
        if ([38, 48, 58].includes(which) && Number(kind) === 5) i += 2;
        else if ([38, 48, 58].includes(which) && Number(kind) === 2) i += 4;
        else if (isOpen.has(list[i]!)) return `SGR ${list[i]}`;
        if (i >= list.length) return "a colour without its end";
      }
    } else if (code < 0x20 && ![9, 10, 13].includes(code)) {
      return `C0 ${code}`;
    } else if (code >= 0x7f && code <= 0x9f) {
      return `C1 ${code}`;
    } else if (code >= 0x202a && code <= 0x202e || code >= 0x2066 && code <= 0x2069) {
      return `direction ${code}`;
    }
  }
  return undefined;
}

Deno.test("findHarm() finds what it is to find", () => {
  for (const [what, text] of SHOWN) {
    if (!/[\u2028\u200f]|longer|none/.test(what + text)) assert.ok(findHarm(text), what);
  }
  for (const text of KEPT) assert.equal(findHarm(text), undefined);
});

Deno.test("whatever bytes a task writes, nothing that steers is left, and nothing is lost", () => {
  fc.assert(
    fc.property(hostile, places, (data, cuts) => {
      const shown = filtered(...cutAt(data, cuts));
      assert.equal(findHarm(shown), undefined, JSON.stringify(shown));
      // Read back, it is what any reader of UTF-8 makes of the bytes, and the end of the colours.
      const back = shown.replace(
        /\\u([0-9a-f]{4})/g,
        (_, hex) => String.fromCharCode(parseInt(hex, 16)),
      );
      const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(data);
      if (!text.includes("\\")) assert.ok([text, `${text}\x1b[0m`].includes(back), shown);
    }),
    { numRuns: RUNS, seed: SEED },
  );
});

Deno.test("a stream cut anywhere gives what the whole gives, and once more the same", () => {
  fc.assert(
    fc.property(hostile, places, (data, cuts) => {
      const whole = filtered(data);
      assert.equal(filtered(...cutAt(data, cuts)), whole);
      assert.equal(filtered(...[...data].map((byte) => Uint8Array.of(byte))), whole);
      assert.equal(filtered(whole), whole);
    }),
    { numRuns: RUNS, seed: SEED },
  );
});
