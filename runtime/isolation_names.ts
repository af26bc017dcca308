/**
 * What may be asked for as isolation, by `--isolation` or in dicode.yaml; apart from how it is had, so
 * that a start of the command line loads the words alone.
 */

/** What may be asked for, by `--isolation` or in dicode.yaml. */
export const ISOLATIONS = ["auto", "require", "bwrap", "landlock", "deno"] as const;
/** One of ISOLATIONS. */
export type Isolation = (typeof ISOLATIONS)[number];
