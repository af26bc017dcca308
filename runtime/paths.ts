/**
 * Questions about paths that several checks ask: is one inside the other, what is the real one.
 * Real paths only: a comparison of spellings would be fooled by `..` and links.
 */

/** Whether `path` is `folder` or lies below it; both absolute and normalised. */
export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : folder + "/");
}

/** Whether one of the two covers the other. */
export function overlaps(one: string, other: string): boolean {
  return isInside(one, other) || isInside(other, one);
}

/** The real path, links resolved; of what does not exist yet, that of its nearest folder. */
export async function resolveReal(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound) || path === "/") throw error;
    const cut = path.lastIndexOf("/");
    const parent = await resolveReal(path.slice(0, cut) || "/");
    return `${parent === "/" ? "" : parent}/${path.slice(cut + 1)}`;
  }
}

/** An absolute path without `.`, `..` and doubled slashes, `path` taken from `base`. */
export function resolvePath(base: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${base}/${path}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return "/" + parts.join("/");
}

/** The URL of an absolute path. */
export function fileUrl(path: string): string {
  return "file://" + path.split("/").map(encodeURIComponent).join("/");
}

/** The path of a file's URL. @throws {URIError} if it spells no UTF-8. */
export function pathOf(url: URL): string {
  return decodeURIComponent(url.pathname);
}

/** The working directory, or undefined if its path is not UTF-8 text. */
export function findCwd(): string | undefined {
  try {
    return Deno.cwd();
  } catch (error) {
    if (error instanceof Deno.errors.InvalidData) return undefined;
    throw error;
  }
}

/** What a path leads to, or undefined for what we cannot get at: then a task cannot either. */
export function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}

/** Whether nothing is there, not even a link; or nothing that we can get at. */
export function isAbsent(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return false;
  } catch {
    return true;
  }
}
