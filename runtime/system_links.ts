/**
 * Which folders of the system are links into /usr on this machine, as most systems have them.
 */
import { SYSTEM_FOLDERS } from "./allow_list.ts";
import { isInside, resolvePath } from "./paths.ts";

let found: Readonly<Record<string, string>> | undefined;

/**
 * What of the system is a link into /usr on this machine, and where to: a link costs no mount. Looked
 * at once: the trial of bubblewrap and the run's own mounts mean the same machine.
 */
export function readSystemLinks(): Readonly<Record<string, string>> {
  found ??= Object.fromEntries(
    [...SYSTEM_FOLDERS, "/etc/localtime"].flatMap((path) => {
      const target = readLink(path);
      const isOfUsr = target !== undefined &&
        isInside(resolvePath(parentOf(path), target), "/usr");
      return isOfUsr ? [[path, target]] : [];
    }),
  );
  return found;
}

function readLink(path: string): string | undefined {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return undefined; // it is no link, or not there
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
