/**
 * The receipt of one run, from the pipe that the child writes to until it is compared and masked.
 * Loaded only for a run that is to have one.
 */
import { AuditLog } from "./audit_log.ts";
import { AuditPipe } from "./audit_pipe.ts";
import { listProtected } from "./code_files.ts";
import type { Grants } from "./grants.ts";
import type { Masker } from "./mask.ts";
import { compareAccesses, type Receipt } from "./receipt.ts";
import { formatFitting } from "./receipt_yaml.ts";
import type { Task } from "./task.ts";

/** What the child was started with. */
export interface Declared {
  readonly task: Task;
  readonly grants: Grants;
  /** Files that stay read-only under a write grant: its code among them. */
  readonly codeFiles: readonly string[];
}

export class Audit implements AsyncDisposable {
  readonly #pipe: AuditPipe;
  #log: AuditLog | undefined;

  /**
   * @param folder the run's own.
   * @throws {SandboxError} host_unfit: no pipe can be made there.
   */
  static async open(folder: string): Promise<Audit> {
    return new Audit(await AuditPipe.make(`${folder}/audit`));
  }

  private constructor(pipe: AuditPipe) {
    this.#pipe = pipe;
  }

  /** The pipe, for the child to open. */
  get path(): string {
    return this.#pipe.path;
  }

  /** Starts to read. @param socket the channel's, as the child dials it. */
  start(socket: string): void {
    this.#log = new AuditLog(socket);
    this.#pipe.start(this.#log);
  }

  /** The variables that the child is handed now. */
  expect(names: readonly string[]): void {
    this.#log?.expect(names);
  }

  /** The task asked the host to write or delete a secret. */
  addKey(key: string): void {
    this.#log?.addKey(key);
  }

  /**
   * The child has ended: what it asked for against what it declares.
   *
   * SECURITY: without any secret in it: a path or a host may hold one, and a task may ask for that on
   * purpose (tests/e2e/audit_test.ts).
   */
  async finish({ task, grants, codeFiles }: Declared, masker: Masker): Promise<Receipt> {
    await this.#pipe.end();
    const protectedPaths = listProtected(grants, [...codeFiles, ...grants.run]);
    const allowed = { task, grants, protectedPaths, codeFiles };
    const { asked, unused, notObserved } = compareAccesses(this.#log?.accesses ?? [], allowed);
    return {
      asked: asked.map(({ value, ...access }) => ({
        ...access,
        value: value === null ? null : masker.text(value),
      })),
      unused: unused.map(({ value, where, ...entry }) => ({
        ...entry,
        value: masker.text(value),
        where: { ...where, file: masker.text(where.file) },
      })),
      notObserved,
      complete: this.#log?.isComplete ?? true,
      fitting: masker.text(formatFitting({ asked, unused, notObserved }, allowed)),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pipe[Symbol.asyncDispose]();
  }
}
