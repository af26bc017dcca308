/**
 * Which folders of the system are links into /usr on this machine, as most systems have them.
 */
import { SYSTEM_FOLDERS } from "./allow_list.ts";
import { isInside, resolvePath } from "./paths.ts";

/** What of the system is a link into /usr on this machine, and where to: a link costs no mount. */
export async function readSystemLinks(): Promise<Record<string, string>> {
  const links: Record<string, string> = {};
  await Promise.all([...SYSTEM_FOLDERS, "/etc/localtime"].map(async (path) => {
    const target = await Deno.readLink(path).catch(() => undefined);
    if (target !== undefined && isInside(resolvePath(parentOf(path), target), "/usr")) {
      links[path] = target;
    }
  }));
  return links;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
