/** Patterns of secrets' keys, as task.yaml and dicode.yaml have them. */

/** Whether a pattern, in which `*` stands for any text, is the whole key. */
export function matches(pattern: string, key: string): boolean {
  const [head, ...parts] = pattern.split("*");
  const tail = parts.pop();
  if (tail === undefined) return key === head;
  if (key.length < head!.length + tail.length) return false;
  if (!key.startsWith(head!) || !key.endsWith(tail)) return false;
  let at = head!.length;
  const end = key.length - tail.length;
  for (const part of parts) {
    const found = key.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
