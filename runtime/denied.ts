/**
 * Deno's "Requires … access" -> the line of task.yaml that would allow it. Pure.
 * The text comes from the task, which may write anything there: it ends up in a hint, nowhere else.
 */

/** A hint for a message of a permission that was denied, or undefined if it is none. */
export function explainDenied(message: string): string | undefined {
  const match = /Requires (\w+) access to (?:"([^"\n]{1,300})"|<([^>\n]{1,100})>)/.exec(message);
  if (match === null) return undefined;
  const [, kind, quoted, unquoted] = match;
  const grant = grantFor(kind!, quoted ?? unquoted!);
  return grant === undefined ? undefined : `add to task.yaml: permissions: { ${grant} }`;
}

/** The entry of `permissions` for one of Deno's kinds, such as `net: [a.example]`. */
export function grantFor(kind: string, target: string): string | undefined {
  const word = quoteYaml(target);
  switch (kind) {
    case "read":
      return `fs: [{ path: ${word}, permission: r }]`;
    case "write":
      // Its folder: what is written and renamed into place leaves a grant on the file behind.
      return `fs: [{ path: ${quoteYaml(folderOf(target))}, permission: rw }]`;
    case "net":
      // Port 0, any free one to listen on, has no entry of its own.
      return `net: [${quoteYaml(target.replace(/:0$/, ""))}]`;
    case "run":
      return `run: [${word}]`;
    case "sys":
      return `sys: [${word}]`;
    case "env":
      return `env: [${word}]`;
    case "import":
      return `import: [${word}]`;
    default:
      return undefined;
  }
}

/** The folder of a path, with "/" at its end: such a folder is made if it is not there. */
export function folderOf(path: string): string {
  const cut = path.lastIndexOf("/");
  return cut === -1 ? "./" : path.slice(0, cut + 1);
}

/** A plain word where YAML takes it as text as it is, else a quoted one. */
export function quoteYaml(text: string): string {
  const isPlain = /^[A-Za-z/.][\w./~-]*$/.test(text) &&
    !/^(null|true|false|yes|no|on|off)$/i.test(text);
  return isPlain ? text : JSON.stringify(text);
}
