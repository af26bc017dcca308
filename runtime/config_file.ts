/** Finds dicode.yaml: `--config`, `DICODE_CONFIG`, then `<data-dir>/dicode.yaml`; nowhere else. */
import { ConfigError } from "../sdk/errors.ts";
import { findFolder } from "../store/files.ts";
import type { Config } from "./config.ts";
import { DEFAULT_CONFIG } from "./default_config.ts";
import type { Host } from "./host.ts";

/** @throws {ConfigError} if the file is wrong, or one that was named does not exist. */
export async function loadHostConfig(host: Host): Promise<Config> {
  const named = host.configPath;
  // Whoever else may write there would decide how tasks run.
  if (named === undefined) findFolder(host.dataDir);
  const path = named ?? `${host.dataDir}/dicode.yaml`;
  if (named === undefined && isAbsent(path)) return DEFAULT_CONFIG;
  const { loadConfig } = await import("./config.ts" as string) as typeof import("./config.ts");
  try {
    return await loadConfig(path, { optional: named === undefined });
  } catch (error) {
    if (!(error instanceof ConfigError) || error.code !== "config_not_found") throw error;
    const hint = "--config or DICODE_CONFIG names it: write the path of one that is there";
    throw new ConfigError([{ ...error.problems[0]!, hint }]);
  }
}

/** Whether nothing is there; whatever else may be wrong is said by who reads it. */
function isAbsent(path: string): boolean {
  try {
    Deno.statSync(path);
    return false;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}
