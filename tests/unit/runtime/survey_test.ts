/** Code against task.yaml, both ways: what `dicode check` says of the differences. */
import assert from "node:assert/strict";
import { buildGrants, readSurroundings } from "../../../runtime/grants.ts";
import { Places } from "../../../runtime/places.ts";
import { copySurveyCode, type Survey, surveyCode } from "../../../runtime/survey.ts";
import { findMentions } from "../../../runtime/survey_code/code.ts";
import { describeSurvey, type SurveyReport } from "../../../runtime/survey_report.ts";
import { loadTask } from "../../../runtime/task.ts";
import { World } from "../../helpers.ts";

interface Case {
  /** Lines under `permissions:`; `params` and others stand in `top`. */
  readonly permissions?: readonly string[];
  readonly top?: string;
  readonly code: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly remote?: boolean;
  readonly unseen?: Survey["unseen"];
  readonly missing?: readonly string[];
  readonly unused?: readonly string[];
  readonly hints?: readonly string[];
}

/** A main that takes its argument apart. */
function main(body: string): string {
  return `export async function main({ params, env, dicode }) { ${body} }`;
}

/** The report on a task of one module, by the parser of this very process. */
async function compare(world: World, name: string, given: Case): Promise<SurveyReport> {
  const { permissions = [], top = "", code, files, remote = false, unseen = [] } = given;
  const granted = permissions.map((line) => `  ${line}\n`).join("");
  const yaml = `name: x\n${top}${granted === "" ? "" : `permissions:\n${granted}`}`;
  const task = await loadTask(await world.task(name, yaml, code, files));
  const env = { HOME: world.home, PATH: "/usr/bin:/bin" } as Record<string, string>;
  const grants = await buildGrants(task, readSurroundings((key) => env[key], world.dataDir), false);
  const { entry: path, dir } = task;
  const url = `file://${path}`;
  const places = new Places(code);
  const mentions = findMentions({ name: "t.ts", text: code, url, dir, cwd: dir, isEntry: true })
    .map((mention) => ({ ...mention, path, place: places.at(mention.at) }));
  const graph = { modules: [{ path, real: path }], remote };
  const report = await describeSurvey(task, grants, graph, { mentions, unseen });
  const strip = (text: string) => text.replaceAll(`${dir}/`, "");
  return { warnings: report.warnings.map(strip), hints: report.hints.map(strip) };
}

/** Holds each case to all that is said of it, without the places. */
async function check(cases: Readonly<Record<string, Case>>): Promise<void> {
  await using world = await World.make();
  for (const [index, [name, given]] of Object.entries(cases).entries()) {
    const { warnings, hints } = await compare(world, `task-${index}`, given);
    const said = (file: RegExp) =>
      warnings.filter((line) => file.test(line)).map((line) => line.replace(/^\S+ the code /, ""));
    assert.deepEqual(said(/^task\.ts/), given.missing ?? [], name);
    assert.deepEqual(said(/^task\.yaml/), given.unused ?? [], name);
    if (given.hints !== undefined) assert.deepEqual(hints, given.hints, name);
  }
}

const REMOVE = "remove from task.yaml what the task does not need";
const add = (grants: string) => `add to task.yaml: permissions: { ${grants} }`;

Deno.test("describeSurvey() says what the code names and task.yaml does not, and what would allow it", async () => {
  await check({
    "a variable": {
      code: main('env.get("API_KEY"); Deno.env.get("API_KEY"); process.env.OTHER;'),
      missing: [
        "names the variable API_KEY, which task.yaml does not declare (and in 1 more place)",
        "names the variable OTHER, which task.yaml does not declare",
      ],
      hints: [add("env: [API_KEY, OTHER]")],
    },
    "a host": {
      permissions: ["net: [a.com]"],
      code: main('fetch("https://a.com"); fetch("https://b.com/x"); fetch("http://c.com:81");'),
      missing: [
        "asks for the host b.com, which net does not list",
        "asks for the host c.com:81, which net does not list",
      ],
      hints: [add('net: [b.com, "c.com:81"]')],
    },
    "another port": {
      permissions: ['net: ["a.com:80"]'],
      code: main('fetch("https://a.com");'),
      missing: ["asks for the host a.com, which net does not list"],
    },
    "a closed host beside *": {
      permissions: ['net: ["*"]'],
      code: main(
        ["app.localhost", "0.1.2.3", "100.100.100.200", "192.0.0.192:81", "[fd00:ec2::254]"]
          .map((host) => `fetch("http://${host}/");`).join(" "),
      ),
      missing: ["app.localhost", "0.1.2.3", "100.100.100.200", "192.0.0.192:81", "[fd00:ec2::254]"]
        .map((host) => `asks for the host ${host}, which net does not list`),
      unused: ['does not name the host "*"'],
    },
    "a name with a quote in it": {
      code: main(`Deno.readTextFile('./a"b');`),
      missing: [`reads "./a\\"b", which fs does not list`],
      hints: [add(`fs: [{ path: "./a\\"b", permission: r }]`)],
    },
    "a local host beside *": {
      permissions: ['net: ["*"]'],
      code: main('fetch("http://localhost:1"); fetch("https://a.com"); fetch("http://[::1]/");'),
      missing: [
        "asks for the host localhost:1, which net does not list",
        "asks for the host [::1], which net does not list",
      ],
    },
    "paths": {
      permissions: ["fs: [{ path: ./in, permission: r }]"],
      files: { "in/a": "", "out/b": "" },
      code: main(
        'Deno.readTextFile("in/a"); Deno.writeTextFile("./in/b", ""); Deno.readTextFile("/etc/x"); ' +
          'Deno.mkdir(`out/${x}/y`); Deno.rename("c", "in/d");',
      ),
      missing: [
        "writes ./in/b, which fs grants for reading alone",
        "reads /etc/x, which fs does not list",
        "writes ./out/, which fs does not list",
        "reads and writes ./c, which fs does not list",
        "writes ./in/d, which fs grants for reading alone",
      ],
      hints: [
        add(
          "fs: [{ path: ./in/, permission: rw }, { path: /etc/x, permission: r }, " +
            "{ path: ./out/, permission: rw }, { path: ./, permission: rw }]",
        ),
      ],
    },
    "a program, and what a shell is": {
      permissions: ["run: [ls]"],
      code: 'import { exec } from "node:child_process";' +
        main('new Deno.Command("git"); new Deno.Command("/bin/ls"); exec("ls | wc");'),
      missing: [
        "starts git, which run does not list",
        "starts /bin/sh, which run does not list",
      ],
      hints: [add("run: [git, /bin/sh]")],
    },
    "system information": {
      permissions: ["sys: [uid]"],
      code: main("Deno.uid(); Deno.hostname();"),
      missing: ["asks for hostname, which sys does not list"],
      hints: [add("sys: [hostname]")],
    },
    "a secret": {
      permissions: ['dicode: { secrets_write: ["A_*"] }'],
      code: main('dicode.secrets_set("A_1", x); dicode.secrets_delete("B");'),
      missing: ['writes the secret "B", which secrets_write does not cover'],
      hints: [add('dicode: { secrets_write: ["B"] }')],
    },
    "a parameter": {
      top: "params: { limit: 1 }\n",
      code: main('params.get("limit"); params.get("limti"); params.get("zzz");'),
      missing: [
        'reads the parameter "limti", which task.yaml does not declare: it is always null',
        'reads the parameter "zzz", which task.yaml does not declare: it is always null',
      ],
      hints: ['did you mean "limit"?'],
    },
    "URLs that may be no more than texts": {
      permissions: ["net: [a.com]"],
      code: main('f("https://a.com/x", "http://www.w3.org/2000/svg", "https://b.com"); fetch(u);'),
      missing: ["holds URLs of www.w3.org, b.com, which net does not list"],
      hints: [],
    },
    "what is computed, where nothing of its kind is granted": {
      code: main(
        "fetch(url); Deno.readTextFile(path); new Deno.Command(program); dicode.secrets_set(k, v); " +
          "Deno.env.get(name);",
      ),
      missing: [
        "asks for a host that it computes, and net lists none",
        "reads a path that it computes, and fs lists none",
        "starts a program that it computes, and run lists none",
        "writes a secret that it computes, and secrets_write is not granted",
      ],
      hints: [],
    },
    "an object that may be something else": {
      code: "export function f(env, params) { env.get('A'); params.get('p'); helper(env); }",
    },
    "a name that steers a terminal, or is no grant": {
      code: main('Deno.env.get("A\\u001b[2J\\n"); dicode.secrets_set("]", x);'),
      missing: [
        'names the variable "A\\u001b[2J\\n", which task.yaml does not declare',
        'writes the secret "]", which secrets_write does not cover',
      ],
    },
  });
});

Deno.test("describeSurvey() says what task.yaml declares and the code does not name", async () => {
  await check({
    "variables": {
      permissions: [
        "env: [USED, { name: SPARE, secret: spare }, { name: LEVEL, value: x }, HOME, TZ]",
      ],
      code: main('env.get("USED");'),
      unused: [
        "does not name the variable SPARE: it is handed a secret that it does not use",
        "does not name the variable LEVEL",
      ],
      hints: [REMOVE],
    },
    "hosts, of which a text is enough": {
      permissions: ['net: [a.com, "b.com:81", c.com]'],
      code: main('client("https://a.com"); client("https://b.com");') + "\n// https://c.com\n",
      missing: ["holds a URL of b.com, which net does not list"],
      unused: ['does not name the host "c.com"'],
    },
    "every host": {
      permissions: ['net: ["*"]'],
      code: main(""),
      unused: ['does not name the host "*"'],
    },
    "paths": {
      permissions: [
        "fs: [{ path: ./a, permission: r }, { path: ./b, permission: rw }, { path: ./c, permission: w }]",
      ],
      files: { "a/x": "", "b/x": "", "c/x": "" },
      code: main('Deno.readTextFile("./b/x"); Deno.writeTextFile(`./c/${name}`, "");'),
      unused: [
        'does not name "./a"',
        'only reads "./b", which fs grants for writing too',
      ],
    },
    "programs, and nothing that they may use": {
      permissions: ["run: [ls, cat]", "env: [A]", "net: [a.com]", "sys: [uid]"],
      code: main('new Deno.Command("/usr/bin/ls");'),
      unused: ['does not start "cat"'],
    },
    "system information": {
      permissions: ["sys: [uid, hostname]"],
      code: main("Deno.uid();"),
      unused: ["does not ask for hostname"],
    },
    "secrets_write": {
      permissions: ['dicode: { secrets_write: ["A_*", B] }'],
      code: main('dicode.secrets_set("A_1", x);'),
      unused: ['writes no secret that "B" of secrets_write covers'],
    },
    "secrets_write for all": {
      permissions: ["dicode: { secrets_write: true }"],
      code: main(""),
      unused: ["writes no secret, which secrets_write grants"],
    },
    "a parameter": {
      top: "params: { a: 1, b: 2 }\n",
      code: main('params.get("a");'),
      unused: ['does not read the parameter "b"'],
    },
    "folders and hosts that code comes from": {
      permissions: ["modules: [./lib]", "import: [esm.sh]"],
      files: { "lib/x.ts": "" },
      code: main(""),
      unused: ['imports nothing from "esm.sh"', 'imports nothing from "./lib"'],
    },
  });
});

const EVERYTHING = [
  "env: [A]",
  "net: [a.com]",
  "fs: [{ path: ./d, permission: rw }]",
  "run: [ls]",
  "sys: [uid]",
  "dicode: { secrets_write: true }",
];
const ALL_UNUSED = ['does not read the parameter "p"', 'does not start "ls"'];

Deno.test("describeSurvey() claims nothing unused where it cannot know", async () => {
  const rest = { permissions: EVERYTHING.toSpliced(3, 1), top: "params: { p: 1 }\n" };
  const whole = { permissions: EVERYTHING, top: "params: { p: 1 }\n" };
  const files = { "d/x": "" };
  const none = { ...rest, files };
  await check({
    "all of it is known": {
      ...none,
      code: main(""),
      unused: [
        'does not read the parameter "p"',
        "does not name the variable A",
        'does not name the host "a.com"',
        'does not name "./d"',
        "does not ask for uid",
        "writes no secret, which secrets_write grants",
      ],
    },
    "a program may use what it inherits": {
      ...whole,
      files,
      code: main(""),
      unused: [...ALL_UNUSED, "writes no secret, which secrets_write grants"],
    },
    "packages": {
      ...whole,
      files,
      remote: true,
      code: main(""),
      unused: [ALL_UNUSED[0]!, "writes no secret, which secrets_write grants"],
    },
    "a module that was not looked at": {
      ...none,
      unseen: [{ path: "/x/y.ts", why: "it is over 1 MiB" }],
      code: main(""),
    },
    "code that is made up": { ...none, code: main("await import(path);") },
    "computed names": {
      ...none,
      code: main(
        "params.get(x); Deno.env.get(x); fetch(x); Deno.readFile(x); dicode.secrets_set(x, x);",
      ),
      unused: ["does not ask for uid"],
    },
    "the argument is handed on": {
      ...none,
      code:
        "export function main(context) { helper(context); Deno.uid(); fetch(x); Deno.open(x, y); }",
    },
  });
});

Deno.test("describeSurvey() gives line and column, and at most twenty lines", async () => {
  await using world = await World.make();
  const code = `// é\n${main('\n  Deno.env.get("A");')}`;
  const one = await compare(world, "one", { permissions: ["net: [a.com]"], code });
  assert.deepEqual(one.warnings, [
    "task.ts:3:16: the code names the variable A, which task.yaml does not declare",
    'task.yaml:3:9: the code does not name the host "a.com"',
  ]);
  assert.deepEqual(one.hints, [add("env: [A]"), REMOVE]);
  const reads = Array.from({ length: 30 }, (_, index) => `Deno.env.get("A${index}");`).join("");
  const many = await compare(world, "many", { code: main(reads) });
  assert.equal(many.warnings.length, 21);
  assert.equal(many.warnings.at(-1), "and 10 more differences from task.yaml");
});

/** The survey of a task by a process of its own. */
async function look(
  world: World,
  dir: string,
  modules: readonly string[],
  more: { timeoutMs?: number; denoPath?: string; signal?: AbortSignal } = {},
): Promise<Survey> {
  const task = await loadTask(dir);
  const graph = {
    modules: modules.map((name) => ({ path: `${dir}/${name}`, real: `${dir}/${name}` })),
  };
  const workDir = `${world.dir}/${crypto.randomUUID()}`;
  const options = { denoPath: Deno.execPath(), denoDir: `${world.dir}/cache`, workDir };
  return await surveyCode(task, graph, { ...options, ...more });
}

Deno.test("surveyCode() looks at every module, and says of which it cannot tell", async () => {
  await using world = await World.make();
  const dir = await world.task("t", "name: t\n", '\ufeffDeno.env.get("é", Deno.env.get("A"));', {
    "b.tsx": 'export const b = <a>{Deno.env.get("B")}</a>;',
    "c.json": '{ "a": "https://a.com" }',
    "large.js": `/*${"x".repeat(1024 * 1024)}*/`,
    "deep.js": `const a = ${"[".repeat(50)}${"]".repeat(50)}; Deno.env.get("D");`,
    "broken.ts": "const a = ;",
  });
  const modules = ["task.ts", "b.tsx", "c.json", "large.js", "deep.js", "broken.ts", "gone.ts"];
  const { mentions, unseen } = await look(world, dir, modules);
  const names = mentions.map(({ name, path, place }) =>
    `${name} ${path.slice(dir.length + 1)}:${place.line}:${place.column}`
  );
  assert.deepEqual(names, ["é task.ts:1:14", "A task.ts:1:32", "B b.tsx:1:35", "D deep.js:1:126"]);
  assert.deepEqual(unseen.map(({ path, why }) => [path.slice(dir.length + 1), why]), [
    ["large.js", "it is over 1 MiB"],
    ["broken.ts", "Expression expected"],
  ]);
});

Deno.test("surveyCode() survives a parser that crashes, hangs or is not there", async () => {
  await using world = await World.make();
  const deep = `const a = ${"[".repeat(20_000)}${"]".repeat(20_000)};`;
  const dir = await world.task("t", "name: t\n", deep);
  const crashed = await look(world, dir, ["task.ts"]);
  assert.match(crashed.unseen[0]!.why, /^the parser ended with SIG/);
  const late = await look(world, dir, ["task.ts"], { timeoutMs: 1 });
  assert.match(late.unseen[0]!.why, /^the parser took over 0\.001 s$/);
  const gone = await look(world, dir, ["task.ts"], { denoPath: "/nonexistent/deno" });
  assert.match(gone.unseen[0]!.why, /^the parser (cannot be run: |ended with 127$)/);
  const signal = AbortSignal.abort(new Error("stop"));
  await assert.rejects(look(world, dir, ["task.ts"], { signal }), /^Error: stop$/);
});

Deno.test("surveyCode() gives its parser one file to read, one to write, and nothing else", async () => {
  await using world = await World.make();
  const dir = await world.task("t", "name: t\n", "");
  // In the place of the parser, with all its flags: what can it do?
  await Deno.writeTextFile(
    `${world.dir}/probe.ts`,
    `Deno.test("probe", async () => {
      const [dir] = Deno.args;
      const tries = {
        read: () => Deno.readTextFileSync("/etc/hostname"),
        task: () => Deno.readTextFileSync("${dir}/task.ts"),
        list: () => Deno.readDirSync(dir).next(),
        write: () => Deno.writeTextFileSync(dir + "/other", ""),
        env: () => Deno.env.get("HOME"),
        run: () => new Deno.Command("/bin/true").outputSync(),
        sys: () => Deno.hostname(),
        net: () => Deno.listen({ hostname: "127.0.0.1", port: 0 }).close(),
      };
      Deno.readTextFileSync(dir + "/sources.json");
      const mentions = [];
      for (const [name, attempt] of Object.entries(tries)) {
        try {
          await attempt();
        } catch (error) {
          if (error instanceof Deno.errors.NotCapable) continue;
        }
        mentions.push({ kind: "code", name, at: 0, sure: true });
      }
      Deno.writeTextFileSync(dir + "/answer.json", JSON.stringify([{ mentions }]));
    });`,
  );
  const denoPath = `${world.dir}/deno`;
  await Deno.writeTextFile(
    denoPath,
    `#!/bin/sh
for arg; do
  shift
  case $arg in file://*) arg=file://${world.dir}/probe.ts ;; esac
  set -- "$@" "$arg"
done
[ "$(env | grep -cvE '^(DENO_DIR|NO_COLOR|DENO_NO_UPDATE_CHECK|PWD|SHLVL|_)=')" = 0 ] || exit 9
exec ${Deno.execPath()} "$@"
`,
    { mode: 0o755 },
  );
  const { mentions, unseen } = await look(world, dir, ["task.ts"], { denoPath });
  assert.deepEqual(unseen, []);
  assert.deepEqual(mentions.map(({ name }) => name), []);
});

Deno.test("surveyCode() takes nothing for an answer that is none", async () => {
  await using world = await World.make();
  const dir = await world.task("t", "name: t\n", "f();");
  const answers = [
    "[]",
    "{}",
    "null",
    "[null]",
    '[{ "mentions": [{ "kind": "env", "name": "A", "at": 99, "sure": true }] }]',
    '[{ "mentions": [{ "kind": "env", "name": 1, "at": 0, "sure": true }] }]',
    "[{",
  ];
  const prints = answers.map((answer) => `printf '%s' '${answer}'`);
  for (const answer of [...prints, `printf '%20000000s[{ "mentions": [] }]' ' '`]) {
    const denoPath = `${world.dir}/deno`;
    const script = `#!/bin/sh\nfor dir; do :; done\n${answer} > "$dir/answer.json"\n`;
    await Deno.writeTextFile(denoPath, script, { mode: 0o755 });
    const { mentions, unseen } = await look(world, dir, ["task.ts"], { denoPath });
    assert.deepEqual(mentions, [], answer);
    assert.match(
      unseen[0]!.why,
      /^the parser (gave no answer that will do$|cannot be run)/,
      answer,
    );
  }
});

Deno.test("copySurveyCode() copies all that the child loads", async () => {
  await using world = await World.make();
  const folder = new URL("../../../runtime/survey_code/", import.meta.url);
  const entry = await copySurveyCode(folder, `${world.dir}/code`);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-config", entry],
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout));
  assert.deepEqual(modules.filter(({ error }: { error?: string }) => error !== undefined), []);
  for (const { local } of modules) assert.ok(local.startsWith(`${world.dir}/code/`), local);
});
