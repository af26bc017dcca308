/** `dicode secrets list`: names, never values. */
import { openStore } from "../../store/secrets.ts";
import { type Host, showControls } from "../host.ts";
import { formatJsonLine } from "../json_line.ts";

export async function secretsList(
  host: Host,
  flags: { readonly json?: boolean },
): Promise<number> {
  using store = openStore({ dataDir: host.dataDir, env: host.env });
  const keys = await store.list();
  if (flags.json) {
    await host.print(formatJsonLine(keys));
  } else {
    await host.print(keys.map((key) => showControls(key) + "\n").join(""));
    if (keys.length === 0) host.hint("no secrets yet: dicode secrets set KEY");
  }
  return 0;
}
