/** Writes a file whole or not at all: whoever reads it meanwhile reads what was there before. */

/**
 * Writes a text under another name in the same folder, for its owner alone, and gives it its own: a
 * link of that name is replaced, not followed.
 *
 * @throws what the system says; no file is left behind.
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  const cut = path.lastIndexOf("/") + 1;
  const draft = `${path.slice(0, cut)}.${path.slice(cut, cut + 100)}.${crypto.randomUUID()}`;
  try {
    await Deno.writeTextFile(draft, text, { createNew: true, mode: 0o600 });
    await Deno.rename(draft, path);
  } catch (error) {
    await Deno.remove(draft).catch(() => {});
    throw error;
  }
}
