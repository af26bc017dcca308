/**
 * What the survey finds in a file of code: the things that it names. Types and nothing else.
 *
 * The files of this folder run in a process of their own (child.ts) and take nothing from outside it.
 */

/** What a name is of; `code` is code that was not looked at and may name anything. */
export type Kind =
  | "env"
  | "net"
  | "read"
  | "write"
  | "run"
  | "sys"
  | "secret"
  | "param"
  | "code";

/** One place in the code that names a thing, or that uses one whose name only a run can tell. */
export interface Mention {
  readonly kind: Kind;
  /** A variable, host, path, program …; null if it is computed, or handed on to code unknown. */
  readonly name: string | null;
  /** Where, in UTF-16 units from the start of the file. */
  readonly at: number;
  /** Of a host: the port, where it can be told. */
  readonly port?: number;
  /** Whether `name` is only the folder that the path begins with. */
  readonly head?: true;
  /**
   * Whether a run that comes here asks for the thing. A URL in some text, or an object that is
   * called `env`, may be something else.
   */
  readonly sure: boolean;
}

/** A file to look at. */
export interface Source {
  /** A name with the file's extension, which tells the parser its language. */
  readonly name: string;
  readonly text: string;
  /** What `import.meta.url` is in it. */
  readonly url: string;
  /** What `import.meta.dirname` is in it. */
  readonly dir: string;
  /** The folder that the task runs in. */
  readonly cwd: string;
  /** Whether it is the file with `main`. */
  readonly isEntry: boolean;
}

/** What was found in a file, or why it could not be looked at. */
export type Answer = { readonly mentions: readonly Mention[] } | { readonly failed: string };
