// Not malice but an accident, as logs have them.
export function main({ env }: any) {
  const key = env.get("KEY");
  console.log(key);
  console.error("failed with", { key });
  console.log(JSON.stringify(JSON.stringify({ key })));
  console.log(new URL(`http://user:${key}@host/?key=${key}`).href);
  console.log(btoa(key), btoa(`x${key}`), btoa(`xx${key}`));
  console.log(new TextEncoder().encode(key).toHex());
  console.table([{ key }]);
  console.log(`%c${key}`, "color: red");
  console.log(`<b>${key}</b>`, [key], new Map([[key, key]]), new Error(key).message);
  return { [key]: key, list: [`Bearer ${key}`] };
}
