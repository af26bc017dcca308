/** What `dicode doctor` says of a Vault: is it reachable, does it let dicode in, may dicode read. */
import type { Http } from "../http.ts";
import { isObject } from "../http_answer.ts";
import type { Diagnosis } from "../provider.ts";
import { policyFor, PROGRAM, serverFailure, showPlain } from "./answers.ts";
import type { Flavor } from "./options.ts";
import type { VaultSession } from "./session.ts";
import type { KvPlace } from "./settings.ts";

/** A token that ends within this time is worth a word, where dicode does not log in by itself. */
const SOON_S = 24 * 60 * 60;

/** What is looked at. */
export interface Subject {
  readonly http: Http;
  readonly flavor: Flavor;
  readonly session: VaultSession;
  /** Whether dicode logs in by itself. */
  readonly logsIn: boolean;
  readonly mount: string;
  readonly version: "1" | "2";
  /** A place that must be readable; of a key that is made up, where `isExample`. */
  readonly place: Pick<KvPlace, "path">;
  readonly isExample: boolean;
}

/** Looks at one thing after the other, as far as it comes. @throws {ProviderFailure} */
export async function diagnoseVault(subject: Subject, signal: AbortSignal): Promise<Diagnosis[]> {
  const findings = [await findHealth(subject, signal)];
  if (findings[0]!.state === "broken") return findings;
  await subject.session.login(signal);
  findings.push(...await findToken(subject, signal));
  if (findings.some(({ state }) => state === "broken")) return findings;
  findings.push(...await findMount(subject, signal), await findRights(subject, signal));
  return findings;
}

/** https://openbao.org/api-docs/system/health/ */
async function findHealth(
  { http, flavor, session }: Subject,
  signal: AbortSignal,
): Promise<Diagnosis> {
  // Its statuses are not those of other requests: 429 is a standby, 503 is sealed.
  const never = () => false;
  const answer = await session.request("GET", "sys/health", undefined, signal, undefined, never);
  const what = "reachable";
  const json = answer.tryJson();
  if (!isObject(json) || typeof json.sealed !== "boolean") {
    throw serverFailure(http, flavor, answer);
  }
  const program = PROGRAM[flavor];
  if (json.initialized === false) {
    const found = `${http.host} is not initialised`;
    return { what, state: "broken", found, hint: `${program} operator init` };
  }
  if (json.sealed) {
    const found = `${http.host} is sealed`;
    return { what, state: "broken", found, hint: `unseal it: ${program} operator unseal` };
  }
  const version = typeof json.version === "string" ? `, version ${showPlain(json.version)}` : "";
  const standby = answer.status === 200 ? "" : ", a standby";
  return { what, state: "ok", found: `${http.host} is unsealed${standby}${version}` };
}

/** https://openbao.org/api-docs/auth/token/#lookup-a-token-self */
async function findToken(
  { http, flavor, session, logsIn }: Subject,
  signal: AbortSignal,
): Promise<Diagnosis[]> {
  const what = "authenticated";
  const answer = await session.ask("GET", "auth/token/lookup-self", signal);
  if (answer.status === 403) {
    if (logsIn) return [{ what, state: "ok", found: "the login works" }];
    return [{
      what,
      state: "broken",
      found: "the token is unknown or expired, or its policies do not let it look itself up",
      hint: `${PROGRAM[flavor]} token lookup`,
    }];
  }
  if (!answer.ok) throw serverFailure(http, flavor, answer);
  // SECURITY: the answer has the token itself under `id`: single members of it are shown, never all
  // (tests/providers/openbao_test.ts).
  const { data } = answer.json();
  const ttl = isObject(data) && typeof data.ttl === "number" ? data.ttl : 0;
  const policies = isObject(data) && Array.isArray(data.policies) ? data.policies.map(String) : [];
  const found = `${logsIn ? "the login works" : "the token is good"}, with the policies ` +
    policies.sort().map(showPlain).join(", ");
  const findings: Diagnosis[] = [{ what, state: "ok", found }];
  if (policies.includes("root")) {
    findings.push({
      what: "rights",
      state: "warning",
      found: "the token may do everything",
      hint: "give dicode one whose policies let it read these secrets and nothing else",
    });
  }
  if (!logsIn && ttl > 0 && ttl < SOON_S) {
    findings.push({
      what: "lifetime",
      state: "warning",
      found: `the token ends in ${Math.ceil(ttl / 60)} min`,
      hint: `${PROGRAM[flavor]} token renew; or auth: approle, so that dicode logs in itself`,
    });
  }
  return findings;
}

/**
 * Whether the mount is what dicode.yaml says; told by an API that may be closed, or answer 403 for a
 * mount that is not there: then nothing is said. A read of a version 1 mount as version 2 would find
 * nothing, and no fault.
 */
async function findMount(
  { session, mount, version }: Subject,
  signal: AbortSignal,
): Promise<Diagnosis[]> {
  const encoded = mount.split("/").map(encodeURIComponent).join("/");
  const answer = await session.ask("GET", `sys/internal/ui/mounts/${encoded}`, signal);
  const json = answer.ok ? answer.tryJson() : undefined;
  const data = isObject(json) ? json.data : undefined;
  if (!isObject(data) || typeof data.type !== "string") return [];
  const what = "mount";
  if (data.type !== "kv" && data.type !== "generic") {
    const found = `${mount} is no KV engine, but ${showPlain(data.type)}`;
    return [{ what, state: "broken", found, hint: 'mend "mount" in dicode.yaml' }];
  }
  const is = isObject(data.options) && data.options.version === "2" ? "2" : "1";
  const found = `${mount} is KV version ${is}`;
  if (is === version) return [{ what, state: "ok", found }];
  return [{ what, state: "broken", found, hint: `write kv_version: ${is} in dicode.yaml` }];
}

/** https://openbao.org/api-docs/system/capabilities-self/ */
async function findRights(
  { http, flavor, session, place, isExample }: Subject,
  signal: AbortSignal,
): Promise<Diagnosis> {
  const what = "allowed";
  const { path } = place;
  const body = { paths: [path] };
  const answer = await session.ask("POST", "sys/capabilities-self", signal, body);
  if (answer.status === 403) {
    return {
      what,
      state: "warning",
      found: "the token may not ask what it may do",
      hint: "give it the policy default, or see with a run",
    };
  }
  if (!answer.ok) throw serverFailure(http, flavor, answer);
  const { data } = answer.json();
  const rights = isObject(data) && Array.isArray(data[path]) ? data[path] : [];
  if (rights.includes("read") || rights.includes("root")) {
    return { what, state: "ok", found: `it may read ${showPlain(path)}` };
  }
  return {
    what,
    state: isExample ? "warning" : "broken",
    found: `it may not read ${showPlain(path)}${
      isExample ? "; a policy for single keys is no mistake" : ""
    }`,
    hint: policyFor(isExample ? path.replace(/[^/]*$/, "*") : path),
  };
}
