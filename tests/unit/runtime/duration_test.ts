import assert from "node:assert/strict";
import { LONGEST_DURATION_MS, parseDuration } from "../../../runtime/duration.ts";
import { isFault } from "../../../runtime/report.ts";
import { parseCount, parseSize } from "../../../runtime/size.ts";

const durations: Record<string, number> = {
  "0": 0,
  "0s": 0,
  "0h0m": 0,
  "1ms": 1,
  "500ms": 500,
  "90s": 90_000,
  "5m": 300_000,
  "1h30m": 5_400_000,
  "1.5h": 5_400_000,
  "0.5s": 500,
  "1m30s500ms": 90_500,
  "576h": LONGEST_DURATION_MS,
};
for (const [text, milliseconds] of Object.entries(durations)) {
  Deno.test(`parseDuration() reads ${text} as ${milliseconds} ms`, () => {
    assert.equal(parseDuration(text), milliseconds);
  });
}

const wrong: Record<string, string | undefined> = {
  "60": "write 60s",
  "1.5": "write 1.5s",
  "2d": "write one such as 48h",
  "1 hour": "write one such as 1h",
  "90 secs": "write one such as 90s",
  "10MS": "write one such as 10ms",
  "": "write one such as 500ms, 90s, 5m or 1h30m",
  "5s ": "write one such as 5s",
  "1e3s": "write one such as 500ms, 90s, 5m or 1h30m",
  ".5s": "write one such as 500ms, 90s, 5m or 1h30m",
  "-5s": "write 0 for no limit",
  "0.2ms": "write 0 for no limit",
  "577h": "write 0 for no limit",
};
for (const [text, hint] of Object.entries(wrong)) {
  Deno.test(`parseDuration() refuses ${JSON.stringify(text)} with a hint`, () => {
    const fault = parseDuration(text);
    assert.ok(isFault(fault));
    assert.equal(fault.hint, hint);
  });
}

Deno.test("parseDuration() refuses an endless row of digits without overflowing", () => {
  assert.ok(isFault(parseDuration("9".repeat(400) + "h")));
});

Deno.test("parseSize() reads binary and decimal units", () => {
  assert.equal(parseSize("0"), 0);
  assert.equal(parseSize("512B"), 512);
  assert.equal(parseSize("10MB"), 10_000_000);
  assert.equal(parseSize("512MiB"), 536_870_912);
  assert.equal(parseSize("1.5GiB"), 1_610_612_736);
  assert.equal(parseSize("2 GiB"), 2_147_483_648);
});

Deno.test("parseSize() refuses numbers without a unit, odd units and what rounds to nothing", () => {
  for (const text of ["512", "1gb", "10Q", "1G", "", "-1B", "9999999TiB", "0.1B"]) {
    assert.ok(isFault(parseSize(text)), text);
  }
});

Deno.test("parseCount() takes whole numbers from 0 up", () => {
  assert.equal(parseCount("0"), 0);
  assert.equal(parseCount("0064"), 64);
  for (const text of ["-1", "1.5", "1e3", "0x10", "", "9".repeat(20)]) {
    assert.ok(isFault(parseCount(text)), text);
  }
});
