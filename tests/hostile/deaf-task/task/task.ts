// A loop that never yields hears no signal; its program is told to hear none.
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  Deno.addSignalListener(signal, () => {});
}
const deaf = `trap "" TERM INT HUP; sleep @MARK@ & sleep @MARK@`;
new Deno.Command("sh", { args: ["-c", deaf], stdin: "null" }).spawn();
for (;;);
