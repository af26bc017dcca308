/**
 * What `--help` prints of each command, by its names with NUL between them, without colours:
 * tools/build.ts puts the texts here. In the sources there are none, and the library makes them, which
 * takes a fifth of a start.
 */
export const HELP_TEXTS: Readonly<Record<string, string>> = {};
