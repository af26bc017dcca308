import assert from "node:assert/strict";
import { quoteShell, quoteWhole } from "../../../store/quote.ts";

Deno.test("quoteWhole() keeps a text whole, and lets no character steer a terminal", () => {
  assert.equal(quoteWhole("/a b/é🦕"), '"/a b/é🦕"');
  assert.equal(quoteWhole("/" + "x".repeat(300)), `"/${"x".repeat(300)}"`);
  assert.equal(quoteWhole('a"\n\u001b\u202e\u2028'), '"a\\"\\n\\u001b\\u{202e}\\u{2028}"');
});

Deno.test("quoteShell() gives what a shell reads back as one word", async () => {
  const words = [
    "plain",
    "/home/a-b/c.d",
    "a@b%c+d=e:f,g",
    "",
    "~/x",
    "a b",
    "it's",
    "$HOME",
    "`id`",
    '"',
    "\\",
    "a\nb",
    "*",
    "!",
    "é",
    "a;b&c|d>e",
  ];
  const line = words.map(quoteShell).join(" ");
  assert.match(line, /^plain \/home\/a-b\/c\.d a@b%c\+d=e:f,g /);
  const { stdout } = await new Deno.Command("/bin/sh", {
    args: ["-c", `printf '%s\\0' ${line}`],
    clearEnv: true,
    env: { HOME: "/nowhere" },
  }).output();
  assert.deepEqual(new TextDecoder().decode(stdout).split("\0").slice(0, -1), words);
});
