/** The configuration of who has no dicode.yaml: a run without one reads no YAML for it. */
import { DEFAULT_PROVIDERS } from "../store/provider_config.ts";
import type { Config } from "./config.ts";

/** What holds where there is no dicode.yaml. */
export const DEFAULT_CONFIG: Config = {
  providers: DEFAULT_PROVIDERS,
  isolation: "auto",
  expose: [],
  credentials: { variables: [], files: [], keys: [] },
};
