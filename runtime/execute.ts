/**
 * The child of one run, from its start to its end: the channel it dials, the variables it is handed,
 * its output, and what it leaves behind.
 */
import { encodeLine, type Thrown } from "../sdk/protocol.ts";
import type { SecretStore } from "../store/secrets.ts";
import type { Audit } from "./audit.ts";
import { Channel } from "./channel.ts";
import { Child } from "./child.ts";
import { follow } from "./follow.ts";
import type { HeadStart } from "./head_start.ts";
import type { Interrupt } from "./interrupt.ts";
import { checkMounts } from "./mount_check.ts";
import type { Traces } from "./outcome.ts";
import { isCounted, watchProcesses } from "./process_watch.ts";
import type { Checked } from "./run_options.ts";
import { SecretsWriter } from "./secrets_write.ts";
import type { Task } from "./task.ts";
import { timed } from "./timing.ts";
import type { Walled } from "./walls.ts";

/** What one child is started with. */
export interface Execution {
  readonly task: Task;
  readonly options: Checked;
  readonly runId: string;
  readonly walled: Walled;
  /** The socket as the host sees it. */
  readonly socket: string;
  readonly store: SecretStore;
  readonly params: Readonly<Record<string, string>>;
  /** The variables, once they are known; the child waits for them. */
  readonly resolving: Promise<Readonly<Record<string, string>>>;
  readonly interrupt: Interrupt;
  /** Keys of the store with credentials of providers. */
  readonly isClosedKey?: (key: string) => boolean;
  /** Told what is handed over, and the keys that the task asks to write, if anybody wants to know. */
  readonly audit?: Audit;
  readonly headStart?: HeadStart;
  /** Called once the task has all that it waits for. */
  readonly started: () => void;
}

/** @throws what `resolving` rejects with: then no code of the task has run. */
export async function execute(execution: Execution): Promise<Traces> {
  const { task, options, runId, walled, store, params, resolving, interrupt } = execution;
  const { masker, timeoutMs, sinks, debug, timing } = options;
  const startedAt = performance.now();
  // Begins with a byte that no line of honest output ends with: see Masker.conceal.
  const token = `\x1f${crypto.randomUUID()}`;
  masker.conceal(token, "plain");
  const writer = new SecretsWriter(task, store, masker, execution.isClosedKey);
  const taken = await execution.headStart?.take(walled, interrupt.signal);
  debug(`head start: ${taken === undefined ? "none" : "taken"}`);
  let child = taken?.child;
  let returned: { value: unknown } | undefined;
  let thrown: Thrown | undefined;
  await using channel = new Channel(execution.socket, token, {
    secretsSet: (key, value) => {
      execution.audit?.addKey(key);
      return writer.set(key, value);
    },
    secretsDelete: (key) => {
      execution.audit?.addKey(key);
      return writer.delete(key);
    },
    returned: (value) => void (returned = { value }),
    thrown: (error) => void (thrown = error),
    abused: (reason) => child?.stop(reason),
  }, taken?.listener);
  const { command, inNamespace } = walled;
  if (child === undefined) {
    child = Child.spawn(command, inNamespace);
    child.prepare(encodeLine({ socket: walled.socket }));
  }
  interrupt.attach(child);
  using _watch = watchProcesses(task, child, inNamespace);
  const { outputBytes } = task.limits;
  const following = follow(child, { sinks, masker, outputBytes, signalled: interrupt.signalled });
  let isOver = false;
  const over = () => void (isOver = true);
  void child.ended.then(over, over);
  // Those of a child with a head start were looked at before it was taken.
  const checking = taken !== undefined || walled.binds.length === 0
    ? undefined
    : checkMounts(child.pid, walled.binds, () => isOver);
  checking?.catch(() => {}); // awaited below, and not unhandled until then
  try {
    const [variables] = await interrupt.race(Promise.all([resolving, checking]));
    debug(`variables: ${Object.keys(variables).length} handed over`);
    const { input = null } = options;
    const isWatched = isCounted(task);
    const init = { variables, params, input, token, isWatched, taskId: task.id, runId };
    timing("child", performance.now() - startedAt);
    execution.audit?.expect(Object.keys(variables));
    await child.start(encodeLine(init), timeoutMs);
    execution.started();
  } catch (error) {
    child.stop("not to be started");
    await following;
    throw error;
  }
  const { ended, lastWords } = await timed(timing, "task", following);
  await channel.drain();
  const { greeted } = channel;
  return { ended, timeoutMs, inNamespace, greeted, returned, thrown, lastWords };
}
