/**
 * Where dicode's own files are: the sources in their folders, or the build that tools/build.ts makes of
 * them, whose modules all lie in one folder, with what children read beside them.
 */
import { pathOf, statOf } from "./paths.ts";

/** Whether this is the build: JavaScript. */
const IS_BUILT = import.meta.url.endsWith(".js");

/** Of which text the build is: a digest that tools/build.ts puts here; "" for the sources. */
export const BUILD: string = "";

/** The folder of the bootstrap. */
export const SDK_FOLDER = new URL(IS_BUILT ? "./sdk/" : "../sdk/", import.meta.url);

/** What the child loads first, and what that imports, by their names in SDK_FOLDER. */
export const SDK_FILES: readonly [string, ...string[]] = IS_BUILT
  ? ["bootstrap.js"]
  : ["bootstrap.ts", "protocol.ts", "mod.ts"];

/** What of the sources' folder is read when they run, and the build. */
const SOURCES = ["cli.ts", "mod.ts", "deno.json", "deno.lock", "sdk", "store", "runtime", "dist"];

/** The paths that dicode is read from: the sources also where it is a build among them that runs. */
export function listOwnPlaces(): string[] {
  const here = new URL(".", import.meta.url);
  if (here.protocol !== "file:" || Deno.build.standalone) return [];
  const root = pathOf(new URL("..", here));
  const isAmongSources = statOf(`${root}sdk/bootstrap.ts`) !== undefined;
  const sources = isAmongSources ? SOURCES.map((name) => root + name) : [];
  return IS_BUILT ? [pathOf(here).replace(/\/$/, ""), ...sources] : sources;
}
