/**
 * Valid triggers, each as a draft and as what is read from it.
 */
import fc from "fast-check";
import type { Where } from "../../sdk/errors.ts";
import type { Trigger } from "../../runtime/task.ts";
import {
  flagWord,
  lineText,
  literal,
  map,
  maybe,
  ODD_NAMES,
  type Part,
  some,
  text,
} from "./draft_parts.ts";
import type { Draft } from "./yaml_writer.ts";

/** Schedules. */
export const CRON = ["0 9 * * MON-FRI", "*/5,7 0-6/2 1 jan 7", "@daily", "@every 1h30m"];

/** A trigger's place is that of the field that says its kind. */
function triggerOf(
  name: string,
  value: Draft,
  more: Record<string, Draft | undefined>,
  read: object,
) {
  const named = text(name);
  const rest = map(more);
  const entries = rest.kind === "map" ? rest.entries : [];
  const draft: Draft = { kind: "map", free: true, entries: [[named, value], ...entries] };
  return {
    draft,
    read: (where: (draft: Draft) => Where) => ({ ...read, where: where(named) }) as Trigger,
  };
}

const webhook = fc.record({
  path: fc.stringMatching(/^(\/[a-z0-9-]{1,5}){1,3}$/),
  secret: maybe(literal.filter((found) => found !== "")),
  auth: maybe(fc.constantFrom("true", "false", "session", "any")),
  replay: maybe(fc.boolean()),
  stamp: maybe(fc.boolean()),
}).map(({ path, secret, auth, replay, stamp }) =>
  triggerOf("webhook", text(path), {
    webhook_secret: secret === undefined ? undefined : text(secret),
    auth: auth === undefined ? undefined : text(auth),
    replay_protection: flagWord(replay),
    require_timestamp: flagWord(stamp),
  }, {
    kind: "webhook",
    path,
    ...some("secret", secret),
    auth: { true: "session", false: "none", session: "session", any: "any" }[auth ?? "false"],
    replayProtection: replay ?? secret !== undefined,
    requireTimestamp: stamp ?? false,
  })
);

const chain = fc.record({
  from: lineText,
  on: maybe(fc.constantFrom("success", "failure", "always")),
  params: maybe(
    fc.uniqueArray(fc.tuple(fc.oneof(fc.constantFrom(...ODD_NAMES), lineText), literal), {
      maxLength: 3,
      selector: ([name]) => name,
    }),
  ),
}).map(({ from, on, params = [] }) => {
  const entries = params.map(([name, value]) => [text(name), text(value)] as const);
  const value = map({
    from: text(from),
    on: on === undefined ? undefined : text(on),
    params: { kind: "map", entries },
  });
  const read = { kind: "chain", from, on: on ?? "success", params: Object.fromEntries(params) };
  return triggerOf("chain", value, {}, read);
});

export const trigger: fc.Arbitrary<Part<Trigger>> = fc.oneof(
  fc.constant(null).map(() => triggerOf("manual", flagWord(true)!, {}, { kind: "manual" })),
  fc.constantFrom(...CRON).map((schedule) =>
    triggerOf("cron", text(schedule), {}, { kind: "cron", schedule })
  ),
  maybe(fc.constantFrom("always", "on-failure", "never")).map((restart) =>
    triggerOf("daemon", flagWord(true)!, { restart: restart && text(restart) }, {
      kind: "daemon",
      restart: restart ?? "always",
    })
  ),
  webhook,
  chain,
);
