/**
 * What a name among grants means that dicode does not know: another host's grant, another word for
 * one of ours, or a typing mistake. It is a mistake every time: its author meant to allow something.
 */
import { quote } from "./report.ts";
import type { At } from "./shape.ts";
import type { YamlEntry } from "./yaml_node.ts";
import { didYouMean } from "./nearest.ts";

/** Other words for grants, in lower case, without `_` and `-`. */
const SYNONYMS = new Map(Object.entries({
  network: "net",
  hosts: "net",
  environment: "env",
  variables: "env",
  filesystem: "fs",
  files: "fs",
  read: "fs",
  write: "fs",
  commands: "run",
  programs: "run",
  system: "sys",
}));

/** Reports an unknown name among `known`; `prefix` goes before it in the message. */
export function unknownGrant(known: readonly string[], prefix: string) {
  return (entry: YamlEntry, { report }: At): boolean => {
    const name = quote(prefix + entry.key);
    const message = `cannot grant ${name}: this host does not know that grant`;
    const meant = SYNONYMS.get(entry.key.toLowerCase().replaceAll(/[-_]/g, ""));
    const hint = meant !== undefined && known.includes(meant)
      ? `did you mean "${meant}"?`
      : didYouMean(entry.key, known) ?? `remove it; known are ${known.join(", ")}`;
    report.add(entry.place, message, hint);
    return true;
  };
}
