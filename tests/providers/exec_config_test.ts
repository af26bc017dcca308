/** What dicode.yaml may say of a program, and what is wrong with it, by line and column. */
import assert from "node:assert/strict";
import { World } from "../helpers.ts";

/** The messages about an entry of these lines, each from its line on, with its hint. */
async function check(world: World, ...lines: readonly string[]): Promise<string> {
  const config = `${world.dir}/dicode.yaml`;
  const entry = lines.map((line) => `      ${line}\n`).join("");
  await Deno.writeTextFile(config, `secrets:\n  providers:\n    - type: exec\n${entry}`);
  const dir = await world.mainTask("t", "name: t\n", "");
  const { code, stderr } = await world.dicode(["--config", config, "check", dir]);
  if (code === 0) return "";
  assert.equal(code, 3, stderr);
  return stderr.replaceAll(/^dicode: (?:error: )?(?:.*dicode\.yaml:)?/gm, "").trim();
}

const FAULTS = [
  [["prefix: x"], /^3:7: .* it has neither "command" nor "preset"\nhint: write command: \[/],
  [
    ['command: ["p"]'],
    /^4:7: .*nothing in its command is "\{key\}".*\nhint: add "\{key\}", or write mode: json/,
  ],
  [["command: []"], /names no program/],
  [['command: ["{key}"]'], /its program is not the same for all keys/],
  [
    ['command: ["./p", "{key}"]'],
    /^4:7: .*the path of its program is relative\nhint: .*absolute path/,
  ],
  [['command: ["bin/p", "{key}"]'], /the path of its program is relative/],
  [['command: ["$(pwd)/p", "{key}"]'], /the path of its program is relative/],
  [['command: ["p", "{key}", "{file}"]'], /its command has "\{file\}", and it has no "file"/],
  [['command: ["p", "{key}"]', "file: ./x"], /^5:7: .*nothing in its command is "\{file\}"/],
  [
    ['command: ["p", "{key}"]', "mode: json"],
    /^4:7: .*in mode: json all keys are asked for at once/,
  ],
  [
    ['command: ["p"]', "mode: json", "first_line: true"],
    /^6:7: .*"first_line" means nothing in mode: json/,
  ],
  [
    ['command: ["p"]', "mode: json", "preset: pass"],
    /^6:7: .*"preset" means nothing in mode: json/,
  ],
  [['command: ["p"]', "mode: json", "stdin_env: X"], /^6:7: .*"stdin_env" means nothing/],
  [["preset: pas"], /^4:15: .*\nhint: did you mean "pass"\?/],
  [["preset: pass", 'not_found_stderr: "("'], /^5:25: .*is not a regular expression/],
  [
    ["preset: pass", "pass_env: [MY_TOKEN]"],
    /^5:18: .*sounds like a credential\nhint: write it under "credential_env"/,
  ],
  [["preset: pass", "pass_env: [DICODE_MASTER_KEY]"], /^5:18: .*is reserved for dicode's own/],
  [
    ["preset: pass", "credential_env: [DICODE_MASTER_KEY]"],
    /^5:24: .*is reserved for dicode's own/,
  ],
  [
    ["preset: keepassxc", "stdin_env: X"],
    /^3:7: .*its command has "\{file\}", and it has no "file"/,
  ],
  [
    ["preset: keepassxc", "file: x.kdbx"],
    /it has no password for the database\nhint: write stdin_secret/,
  ],
  [
    ["preset: op"],
    /it has neither "map" nor a "prefix" that begins with op:\/\/\nhint: write map:/,
  ],
  [["preset: pass", "stdin: canary"], /^5:7: .*never written in this file/],
] as const;

Deno.test("exec: what is wrong with an entry is said with its place and a cure", async () => {
  await using world = await World.make();
  for (const [lines, found] of FAULTS) {
    const messages = await check(world, ...lines);
    assert.match(messages, found, `${lines.join(", ")}: ${messages}`);
    assert.doesNotMatch(messages, /canary/);
  }
});

Deno.test("exec: what dicode.yaml may say of a program", async () => {
  await using world = await World.make();
  const entries = [
    ["preset: pass"],
    ["preset: op", "prefix: op://Automation/"],
    ["preset: op", 'command: [op, read, "op://Automation/{key}/credential"]'],
    ["preset: keepassxc", "file: ~/x.kdbx", "stdin_secret: kdbx"],
    ["preset: keepassxc", 'command: [keepassxc-cli, show, --no-password, -k, k, d, "{key}"]'],
    ["preset: systemd-creds", "file: ./creds/{key}.cred"],
    ["command: [~/bin/p]", "mode: json"],
    ['command: ["${HOME}/bin/p"]', "mode: json"],
    ['command: [$HOME/bin/p, "x={key}"]', "not_found_exit: [1, 2]", "first_line: true"],
  ];
  for (const lines of entries) assert.equal(await check(world, ...lines), "", lines.join(", "));
});
