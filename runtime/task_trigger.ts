/**
 * `trigger` of task.yaml: when the task is to run. Exactly one kind.
 *
 * dicode runs a task when it is told to; the trigger is checked, and starts nothing.
 */
import type { Where } from "../sdk/errors.ts";
import { checkCron } from "./cron.ts";
import type { Fault, Report } from "./report.ts";
import { choice, flag, scalar, text } from "./shape.ts";
import { type Fields, fields, type Slot, table } from "./shape_fields.ts";

/** When the task is to run; `where` is the place of the kind's field. */
export type Trigger =
  & { readonly where: Where }
  & (
    | { readonly kind: "manual" }
    | { readonly kind: "cron"; readonly schedule: string }
    | {
      readonly kind: "webhook";
      readonly path: string;
      /** The secret that signs requests, or `${NAME}` of a variable that holds it. */
      readonly secret?: string;
      readonly auth: "none" | "session" | "any";
      readonly replayProtection: boolean;
      readonly requireTimestamp: boolean;
    }
    | {
      readonly kind: "chain";
      /** The task whose end starts this one. */
      readonly from: string;
      readonly on: "success" | "failure" | "always";
      readonly params: Readonly<Record<string, string>>;
    }
    | { readonly kind: "daemon"; readonly restart: "always" | "on-failure" | "never" }
  );

function checkWebhook(path: string): Fault | undefined {
  if (!path.startsWith("/")) {
    return { state: "does not begin with /", hint: "write /hooks/my-task" };
  }
  if (/[\s?#\\]|\/\.{1,2}(?:\/|$)/.test(path)) {
    return { state: "is not a path such as /hooks/my-task" };
  }
  return undefined;
}

/** A list of free texts a chain hands on; they may be secrets. */
const chainParams = table(scalar({ expected: "a text", sensitive: true, parse: (found) => found }));

const CHAIN = {
  from: {
    shape: text("a task's name"),
    about: "the task whose end starts this one",
    required: true,
  },
  on: {
    shape: choice(["success", "failure", "always"]),
    about: "which end of it counts",
    default: "success",
  },
  params: { shape: chainParams, about: "parameters for the run that it starts" },
} as const;

const TRIGGER = {
  manual: { shape: flag(), about: "only when somebody says so" },
  cron: { shape: text("a cron schedule", checkCron), about: 'a schedule, such as "0 9 * * *"' },
  webhook: { shape: text("a path", checkWebhook), about: "the path of a request that starts it" },
  webhook_secret: {
    shape: scalar<string>({
      expected: "a text",
      sensitive: true,
      parse: (found) => found === "" ? { state: "is empty" } : found,
    }),
    about: "webhook only: the secret that signs requests",
  },
  auth: {
    shape: choice(["true", "false", "session", "any"]),
    about: "webhook only: whether a session is asked for, or a session or a signature",
    default: "false",
  },
  replay_protection: {
    shape: flag(),
    about: "webhook only: whether a request counts once",
    default: "true with webhook_secret",
  },
  require_timestamp: {
    shape: flag(),
    about: "webhook only: whether a request must say when it was made",
    default: "false",
  },
  chain: {
    shape: fields(CHAIN, { hint: "write { from: other-task }" }),
    about: "the end of another task",
  },
  daemon: { shape: flag(), about: "all the time" },
  restart: {
    shape: choice(["always", "on-failure", "never"]),
    about: "daemon only: whether it starts again when it ends",
    default: "always",
  },
} as const;

const KINDS = ["manual", "cron", "webhook", "chain", "daemon"] as const;
const OWNERS = {
  webhook_secret: "webhook",
  auth: "webhook",
  replay_protection: "webhook",
  require_timestamp: "webhook",
  restart: "daemon",
} as const;

/** The map under `trigger`. */
export const triggerShape = fields(TRIGGER, { sensitive: true, hint: "write { manual: true }" });

/** The trigger; undefined if there is none, or after its mistakes were reported. */
export function readTrigger(
  slot: Slot<Fields<typeof TRIGGER>> | undefined,
  report: Report,
): Trigger | undefined {
  const slots = slot?.value?.slots;
  if (slot === undefined || slots === undefined) return undefined;
  const [kind, second] = KINDS.filter((name) => slots[name] !== undefined)
    .toSorted((a, b) =>
      slots[a]!.keyPlace.line - slots[b]!.keyPlace.line ||
      slots[a]!.keyPlace.column - slots[b]!.keyPlace.column
    );
  for (
    const [name, owner] of Object.entries(OWNERS) as [keyof typeof OWNERS, typeof KINDS[number]][]
  ) {
    const found = slots[name];
    if (found === undefined || slots[owner] !== undefined) continue;
    report.add(
      found.keyPlace,
      `cannot use "trigger.${name}": it goes with "${owner}" only`,
      "remove it",
    );
  }
  if (kind === undefined) {
    const message = `cannot read "trigger": it has none of ${KINDS.join(", ")}`;
    report.add(slot.value!.place, message, "write { manual: true }");
    return undefined;
  }
  if (second !== undefined) {
    const message = `cannot read "trigger": it has both "${kind}" and "${second}"`;
    report.add(slots[second]!.keyPlace, message, "keep one of them");
    return undefined;
  }
  return build(kind, slots, report);
}

function build(
  kind: typeof KINDS[number],
  slots: Fields<typeof TRIGGER>["slots"],
  report: Report,
): Trigger | undefined {
  const found = slots[kind]!;
  if (found.value === undefined) return undefined;
  const where = report.where(found.keyPlace);
  if (found.value === false) {
    report.add(
      found.place,
      `cannot use "trigger.${kind}": false is no trigger`,
      'write true, or remove "trigger"',
    );
    return undefined;
  }
  if (kind === "manual") return { kind, where };
  if (kind === "daemon") return { kind, restart: slots.restart?.value ?? "always", where };
  if (kind === "cron") return { kind, schedule: slots.cron!.value!, where };
  if (kind === "webhook") {
    const secret = slots.webhook_secret?.value;
    const auth = slots.auth?.value ?? "false";
    return {
      kind,
      path: slots.webhook!.value!,
      ...(secret === undefined ? {} : { secret }),
      auth: auth === "true" ? "session" : auth === "false" ? "none" : auth,
      replayProtection: slots.replay_protection?.value ?? secret !== undefined,
      requireTimestamp: slots.require_timestamp?.value ?? false,
      where,
    };
  }
  const { from, on, params } = slots.chain!.value!.slots;
  if (from?.value === undefined) return undefined;
  const values = (params?.value ?? []).map(({ name, slot }) => [name, slot.value ?? ""]);
  return {
    kind,
    from: from.value,
    on: on?.value ?? "success",
    params: Object.fromEntries(values),
    where,
  };
}
