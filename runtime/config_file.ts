/** Finds dicode.yaml: `--config`, `DICODE_CONFIG`, then `<data-dir>/dicode.yaml`; nowhere else. */
import { type Config, loadConfig } from "./config.ts";
import { findFolder } from "../store/files.ts";
import type { Host } from "./host.ts";

/** @throws {ConfigError} if the file is wrong, or one that was named does not exist. */
export async function loadHostConfig(host: Host): Promise<Config> {
  const named = host.configPath;
  // Whoever else may write there would decide how tasks run.
  if (named === undefined) findFolder(host.dataDir);
  return await loadConfig(named ?? `${host.dataDir}/dicode.yaml`, {
    optional: named === undefined,
  });
}
