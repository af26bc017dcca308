// A token that was refreshed is as secret as the old one.
export async function main({ dicode }: any) {
  const value = `fresh-value-${"@MARK@"}`;
  await dicode.secrets_set("fresh", value);
  console.log(`stored ${value}`);
  return value;
}
