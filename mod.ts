/**
 * dicode as a library: load a task folder, run it, use the encrypted store, add providers.
 *
 * @example
 * ```ts
 * import { Capture, loadTask, runTask } from "./mod.ts";
 *
 * const capture = new Capture();
 * const outcome = await runTask(await loadTask("examples/hello"), {
 *   dataDir: "/var/lib/my-app/dicode",
 *   env: (name) => Deno.env.get(name),
 *   denoPath: Deno.execPath(),
 *   sinks: capture.sinks,
 * });
 * console.log(outcome.status, outcome.result, capture.stdout);
 * ```
 */
export * from "./sdk/errors.ts";
export type * from "./sdk/mod.ts";
export { DEFAULT_LIMITS, DEFAULT_TIMEOUT_MS, loadTask, parseTask } from "./runtime/task.ts";
export type { EnvEntry, FsEntry, Limits, Located, Param, Permissions } from "./runtime/task.ts";
export type { Imports, Task, Trigger } from "./runtime/task.ts";
export { type Config, loadConfig } from "./runtime/config.ts";
export { DEFAULT_CONFIG } from "./runtime/default_config.ts";
export type { CredentialNames } from "./runtime/provider_entry.ts";
export { runTask } from "./runtime/run.ts";
export type { RunOptions } from "./runtime/run_options.ts";
export type { Failure, Outcome, Status } from "./runtime/outcome.ts";
export type { Asked, Receipt, Unused } from "./runtime/receipt.ts";
export type { AccessKind } from "./runtime/audit_log.ts";
export { Capture, type Sinks } from "./runtime/output.ts";
export type { Interruptions } from "./runtime/interrupt.ts";
export { type Isolation, ISOLATIONS } from "./runtime/isolation_names.ts";
export { Masker, type MaskStream } from "./runtime/mask.ts";
export { openStore, SecretStore, type SetOptions } from "./store/secrets.ts";
export type { Change } from "./store/compare.ts";
export type { StoreOptions } from "./store/session.ts";
export type { Env } from "./store/key.ts";
export { type Diagnosis, type FailureKind, type Provider } from "./store/provider.ts";
export { ProviderFailure, Secret } from "./store/provider.ts";
export { Chain, type ChainContext } from "./store/chain.ts";
export type { Closed, Found, Link, ProviderTask, Resolution } from "./store/chain.ts";
export { openChain } from "./store/open_chain.ts";
export type { ProviderConfig } from "./store/provider_config.ts";
