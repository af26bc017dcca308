/** `dicode secrets get`: explains that there is none. */
import { UsageError } from "../../sdk/errors.ts";
import type { Host } from "../host.ts";

export function secretsGet(_host: Host, _flags: unknown): Promise<number> {
  throw new UsageError(
    "secret_write_only",
    "cannot show a secret: secrets can be set and deleted, never printed",
    {
      hint: "a task receives one by declaring it in task.yaml: " +
        "permissions: { env: [{ name: API_KEY, secret: api_key }] }",
    },
  );
}
