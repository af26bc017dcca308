import assert from "node:assert/strict";
import fc from "fast-check";
import { ConfigError } from "../../../sdk/errors.ts";
import { parseYaml } from "../../../runtime/yaml.ts";
import type { YamlMap, YamlNode, YamlScalar } from "../../../runtime/yaml_node.ts";

const RUNS = Deno.env.get("SLOW") === "1" ? 20_000 : 500;

function tree(source: string): YamlNode {
  const { root, problems } = parseYaml(source, "task.yaml");
  assert.deepEqual(problems, []);
  assert.ok(root);
  return root;
}

function field(source: string, name = "a"): YamlNode {
  return (tree(source) as YamlMap).entries.find(({ key }) => key === name)!.value;
}

function syntaxError(source: string): ConfigError {
  try {
    parseYaml(source, "folder/task.yaml");
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error;
  }
  throw new Error("no syntax error");
}

for (const text of ["8080", "010", "2024-01-01", "yes", "1e3", "0x1F", "true", "null", "-.5"]) {
  Deno.test(`parseYaml() keeps ${text} as written`, () => {
    const node = field(`a: ${text}`) as YamlScalar;
    assert.equal(node.text, text);
    assert.equal(node.plain, true);
  });
}

Deno.test("parseYaml() tells quoted and block texts from plain ones", () => {
  assert.deepEqual(field(`a: "x\\ty"`), {
    kind: "scalar",
    place: { line: 1, column: 4 },
    text: "x\ty",
    plain: false,
  });
  assert.deepEqual(field("b: c\na: |  # note\n  x\n  y\n"), {
    kind: "scalar",
    place: { line: 2, column: 4 },
    text: "x\ny\n",
    plain: false,
  });
});

Deno.test("parseYaml() gives places that count characters, from 1", () => {
  const list = field(`a: ["🦕é", 'b', c]`);
  assert.ok(list.kind === "list");
  assert.deepEqual(list.items.map(({ place }) => place.column), [5, 11, 16]);
});

Deno.test("parseYaml() counts a tab as one column", () => {
  assert.deepEqual(field("a:\tb").place, { line: 1, column: 4 });
});

for (const [name, end] of [["LF", "\n"], ["CRLF", "\r\n"], ["CR", "\r"]] as const) {
  Deno.test(`parseYaml() counts lines that end in ${name}`, () => {
    const source = ["b: 1", "", "a:", "  - x"].join(end);
    assert.deepEqual(field(source).place, { line: 4, column: 3 });
  });
}

Deno.test("parseYaml() passes over a byte order mark", () => {
  assert.deepEqual(tree("\ufeffa: b").place, { line: 1, column: 1 });
});

Deno.test("parseYaml() places an empty value at its key and an empty entry at its dash", () => {
  assert.deepEqual(field("b: x\na:\n").place, { line: 2, column: 1 });
  const list = field("a:\n  - x\n  # - no\n  -\n  - # nothing\n  - y\n");
  assert.ok(list.kind === "list");
  assert.deepEqual(list.items.map(({ place }) => place.line), [2, 4, 5, 6]);
  assert.deepEqual(list.items[1]!.place, { line: 4, column: 3 });
});

Deno.test("parseYaml() gives no root for a file without content", () => {
  assert.equal(parseYaml("# nothing\n\n", "task.yaml").root, undefined);
  assert.equal(parseYaml("", "task.yaml").root, undefined);
});

Deno.test("parseYaml() reports what it refuses with places, in one go", () => {
  const source = "a: &x 1\nb: *x\na: 2\n<<: {}\nc: !t u\n1: y\n---\nz: 1\n";
  const { root, problems } = parseYaml(source, "task.yaml");
  assert.ok(root);
  assert.deepEqual(problems.map(({ code }) => code), Array(7).fill("yaml_syntax"));
  assert.deepEqual(
    problems.map(({ where }) => `${where.line}:${where.column}`),
    ["1:4", "2:4", "3:1", "4:1", "5:4", "6:1", "7:1"],
  );
});

Deno.test("parseYaml() takes __proto__ and constructor as any name", () => {
  const map = tree("__proto__: a\nconstructor: b\n") as YamlMap;
  assert.deepEqual(map.entries.map(({ key }) => key), ["__proto__", "constructor"]);
});

Deno.test("parseYaml() reports a syntax error alone, with its place", () => {
  const { problems } = syntaxError("a: b\nc: d: e\nf: &x 1\n");
  assert.deepEqual(problems, [{
    code: "yaml_syntax",
    message: 'cannot parse task.yaml: a second ": " stands in one value',
    hint: "put the text in quotes",
    where: { file: "folder/task.yaml", line: 2, column: 5 },
  }]);
});

Deno.test("parseYaml() never quotes the source", () => {
  const breaks = [
    'a: "s3kr3t',
    "a: 's3kr3t",
    "a: [s3kr3t",
    "a: s3kr3t: s3kr3t",
    "a: !s3kr3t!x y",
    "a: !<s3kr3t",
    "a: !s3kr3t{ x",
    "%TAG !s3kr3t! tag:s3kr3t\n%TAG !s3kr3t! tag:s3kr3t\n---\na",
    "%s3kr3t",
    "a: @s3kr3t",
    "a: *s3kr3t",
    "s3kr3t\nb: c",
    "? s3kr3t\n  : : s3kr3t",
    "a: &s3kr3t",
    "a: b\n\ts3kr3t",
    "{ a: s3kr3t, s3kr3t: , s3kr3t }: ]",
    'a: "\\s3kr3t"',
  ];
  for (const source of breaks) {
    let seen = "";
    try {
      seen = JSON.stringify(parseYaml(source, "task.yaml").problems);
    } catch (error) {
      assert.ok(error instanceof ConfigError);
      seen = JSON.stringify(error.problems) + error.message + String(error.cause);
    }
    assert.doesNotMatch(seen, /s3kr/, source);
  }
});

Deno.test("parseYaml() finds where an unclosed quote opens", () => {
  const places: Record<string, string> = {
    'a: "b\nc: d\n': "1:4",
    'a: "b \\" \\\\\n  c': "1:4",
    "a: 'b '' ''\n  c": "1:4",
    "a: 'b '' '''": "none",
    'a: "x"\nb: "y': "2:4",
    "a: '''": "1:4",
    'a: ["x", "y]\n': "1:10",
  };
  for (const [source, place] of Object.entries(places)) {
    if (place === "none") {
      parseYaml(source, "task.yaml");
      continue;
    }
    const { where } = syntaxError(source);
    assert.equal(`${where?.line}:${where?.column}`, place, source);
  }
});

Deno.test("parseYaml() finds where an unclosed bracket opens", () => {
  for (
    const source of ["b: 1\na: [x, y\nc: d\n", "b: 1\na: [x, {y: [z\n", "b: 1\na: {\n  x: 1\n"]
  ) {
    const { where } = syntaxError(source);
    assert.deepEqual([where?.line, where?.column], [2, 4], source);
  }
});

Deno.test("parseYaml() refuses more than 1 MiB and depth beyond 64", () => {
  assert.equal(syntaxError("#".repeat(1024 * 1024 + 1)).code, "config_unreadable");
  assert.match(syntaxError("[".repeat(1000)).message, /too deep/);
  assert.match(syntaxError("- ".repeat(1000) + "a").message, /too deep/);
});

const heavy: Record<string, string> = {
  "one long line": `a: [${"x, ".repeat(300_000)}x]`,
  "many lines": "- x\n".repeat(250_000),
  "many keys": Array.from({ length: 60_000 }, (_, i) => `k${i}: v`).join("\n"),
  "many empty entries": "-\n".repeat(400_000),
  "comments between empty entries": "- # x\n".repeat(150_000),
  "many anchors": "&a ".repeat(300_000),
  "anchors on nested lists": Array.from({ length: 60 }, (_, i) => " ".repeat(i) + "&a -").join(
    "\n",
  ),
  "nested keys": Array.from({ length: 60 }, (_, i) => " ".repeat(i) + "&a ? !b").join("\n"),
  "open brackets": "[x,\n ".repeat(150_000),
  "open braces": "{".repeat(60) + "a",
  "brackets never closed": `a: [${'"[", '.repeat(12_000)}`,
  "spaces": " ".repeat(1_000_000) + "a",
  "quotes": `a: "${'\\"'.repeat(400_000)}`,
  "single quotes": `a: '${"''".repeat(400_000)}`,
  "lines without a colon": "x\n".repeat(400_000) + "a: b\n",
  "explicit keys": "? \n".repeat(200_000),
  "byte order marks": "\ufeff\n".repeat(200_000),
};
for (const [name, source] of Object.entries(heavy)) {
  Deno.test(`parseYaml() ends soon on ${name}`, () => {
    const start = performance.now();
    try {
      parseYaml(source, "task.yaml");
    } catch (error) {
      assert.ok(error instanceof ConfigError, String(error));
    }
    const took = performance.now() - start;
    assert.ok(took < 5_000, `${took} ms`);
  });
}

Deno.test("parseYaml() throws nothing but ConfigError", () => {
  const piece = fc.constantFrom(
    ..."a b: - ? : , [ ] { } \" ' | > & * ! % @ ` # ~ << --- ... \\ \t \r \0 \ufeff é 🦕 \ud800"
      .split(
        " ",
      ),
    " ",
    "\n",
    "\n  ",
    ": ",
    "- ",
  );
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(piece, { maxLength: 60 }).map((found) => found.join("")),
  );
  fc.assert(
    fc.property(text, (source) => {
      try {
        for (const { where } of parseYaml(source, "task.yaml").problems) {
          assert.ok(where.line! >= 1 && where.column! >= 1);
        }
      } catch (error) {
        assert.ok(error instanceof ConfigError, String(error));
        assert.ok(error.where!.line! >= 1 && error.where!.column! >= 1);
      }
    }),
    { numRuns: RUNS },
  );
});
