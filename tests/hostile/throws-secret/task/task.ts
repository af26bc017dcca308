// dicode itself prints what the task threw.
export function main({ env }: any) {
  const key = env.get("KEY");
  const error = new Error(key, { cause: new TypeError(`cause ${key}`, { cause: { key } }) });
  error.name = key;
  error.stack += `\n    at ${key} (${key}:1:1)`;
  throw error;
}
