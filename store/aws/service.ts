/**
 * Signed requests to one service of AWS: region and access key are found with the first, throttling is
 * waited out, an expired key is looked for once more.
 *
 * The signature is aws4fetch's (Signature Version 4, all headers signed); its own retries, which do
 * not see throttling, are not used.
 */
import type { ProviderContext } from "../kinds.ts";
import type { HttpAnswer } from "../http_answer.ts";
import { Http, isPassing } from "../http.ts";
import { isLoopback } from "../loopback.ts";
import { type Diagnosis, type FailureKind, ProviderFailure } from "../provider.ts";
import { quoteWhole } from "../quote.ts";
import { expandPlace } from "../expand.ts";
import type { AccessKey } from "./access_key.ts";
import { endpointOf, type Environment, findOverride, isRegion, readableOnly } from "./endpoint.ts";
import { AccessKeys } from "./keys.ts";
import type { AwsOptions } from "./options.ts";
import { loadProfile } from "./profile.ts";
import { explainRefusal, isExpired, isTransient, readRefusal } from "./refusal.ts";
import type { AwsMeaning, AwsRefusal } from "./refusal.ts";

type Json = Readonly<Record<string, unknown>>;

/** What is asked for: the name in policies and hosts, and that in the header of the request. */
export interface AwsKind {
  readonly service: "secretsmanager" | "ssm";
  readonly target: "secretsmanager" | "AmazonSSM";
}

/** An answer of AWS's: what was asked for, or why not. */
export type AwsTold = { readonly json: Json } | { readonly refusal: AwsRefusal };

/** A service in a region. Dispose of it when the provider has answered. */
export class AwsService implements Disposable {
  readonly #provider: string;
  readonly #kind: AwsKind;
  readonly #region: string;
  readonly #address: string;
  readonly #http: Http;
  readonly #keys: AccessKeys;
  #source = "";

  private constructor(
    provider: string,
    kind: AwsKind,
    region: string,
    address: string,
    http: Http,
    keys: AccessKeys,
  ) {
    this.#provider = provider;
    this.#kind = kind;
    this.#region = region;
    this.#address = address.replace(/\/$/, "");
    this.#http = http;
    this.#keys = keys;
  }

  /**
   * Reads the profile; asks nobody yet.
   *
   * @throws {ProviderFailure} misconfigured: there is no region, or no such profile.
   */
  static async open(
    provider: string,
    kind: AwsKind,
    options: AwsOptions,
    context: ProviderContext,
  ): Promise<AwsService> {
    const { retries } = context;
    const env = readableOnly(context.env);
    const profile = await loadProfile(provider, options.profile, env);
    const region = options.region ?? (env("AWS_REGION") || env("AWS_DEFAULT_REGION") ||
      profile.all.get("region"));
    if (!region) {
      const found = 'no region: "region" in dicode.yaml, AWS_REGION, AWS_DEFAULT_REGION and the ' +
        `profile ${quoteWhole(profile.name)} name none`;
      throw new ProviderFailure(provider, "misconfigured", found, {
        hint: "write region: eu-west-1 (or another)",
      });
    }
    // SECURITY: it becomes part of the host's name (tests/providers/aws_keys_test.ts).
    if (!isRegion(region)) {
      const found = `there is no region ${quoteWhole(region)}`;
      throw new ProviderFailure(provider, "misconfigured", found, {
        hint: "write region: eu-west-1",
      });
    }
    const ca = options.ca_file ?? (env("AWS_CA_BUNDLE") || undefined);
    const caFile = ca === undefined ? undefined : expandPlace(ca, env);
    const address = endpointOf(kind.service, region, options.address, env);
    const { insecure_http: insecureHttp } = options;
    const http = new Http({ provider, address, caFile, insecureHttp, retries });
    const keys = new AccessKeys({
      provider,
      context: { ...context, env },
      profile,
      region,
      caFile,
    });
    return new AwsService(provider, kind, region, address, http, keys);
  }

  /** Asks for one action of the service. @throws {ProviderFailure} no key, or no answer of AWS's. */
  async ask(action: string, input: Json, signal: AbortSignal): Promise<AwsTold> {
    const body = JSON.stringify(input);
    let key = await this.#keys.get(signal);
    for (let isRenewed = false;; isRenewed = true) {
      this.#source = key.source;
      const headers = await this.#sign(action, body, key);
      const request = { method: "POST", path: "/", headers, body, retryOn: mayPass } as const;
      const answer = await this.#http.ask(request, signal);
      if (answer.ok) return { json: answer.json() };
      const refusal = readRefusal(answer);
      if (refusal === undefined) throw this.#http.failureOf(answer);
      if (!isExpired(refusal) || isRenewed) return { refusal };
      const fresh = await this.#keys.renew(key, signal);
      if (fresh === undefined) return { refusal };
      key = fresh;
    }
  }

  /** Nothing for a name that does not exist. @throws {ProviderFailure} what else a refusal means. */
  throwUnlessAbsent(refusal: AwsRefusal, action: string, name: string): void {
    const meaning = this.#explain(refusal, action, name);
    if (meaning !== "absent") throw this.fail(meaning.kind, meaning.found, meaning.hint);
  }

  /** A failure of this provider's. */
  fail(kind: FailureKind, found: string, hint: string): ProviderFailure {
    return new ProviderFailure(this.#provider, kind, found, { hint });
  }

  /** For an answer that has no value in it. */
  failWithoutValue(name: string): ProviderFailure {
    const found = `${this.#http.host} answered without a value for ${quoteWhole(name)}`;
    return this.fail("bad_answer", found, "see what answers there");
  }

  /**
   * For `dicode doctor`: whether it answers at all, knows the key, and lets it read.
   *
   * @param input asks for what is not there, with the right that a run needs.
   * @param isAbsent whether a refusal that means "absent" means that what has to be there is not.
   */
  async diagnose(
    action: string,
    name: string,
    input: Json,
    signal: AbortSignal,
    isAbsent: (refusal: AwsRefusal) => boolean = () => false,
  ): Promise<Diagnosis[]> {
    const told = await this.ask(action, input, signal);
    const meaning = "refusal" in told ? this.#explain(told.refusal, action, name) : "absent";
    const where = `${this.#http.host}, in the region ${this.#region}`;
    const findings: Diagnosis[] = [{ what: "reachable", state: "ok", found: where }];
    const isKnown = meaning === "absent" || meaning.kind === "denied";
    if (isKnown) findings.push({ what: "authenticated", state: "ok", found: `by ${this.#source}` });
    if (meaning === "absent") {
      const found = `${action} on names such as ${quoteWhole(name)}`;
      findings.push({ what: "allowed", state: "ok", found });
      if ("refusal" in told && isAbsent(told.refusal)) {
        // As in a run: what is not there is no failure.
        const found = `AWS has no secret ${quoteWhole(name)}, or it is to be deleted`;
        findings.push({ what: "present", state: "warning", found, hint: "create or restore it" });
      }
      return findings;
    }
    const { kind, found, hint } = meaning;
    const what = kind === "unauthenticated" ? "authenticated" : "allowed";
    return [...findings, { what, state: "broken", found, hint }];
  }

  [Symbol.dispose](): void {
    this.#http[Symbol.dispose]();
  }

  #explain(refusal: AwsRefusal, action: string, name: string): AwsMeaning {
    return explainRefusal(refusal, {
      action: `${this.#kind.service}:${action}`,
      name: quoteWhole(name),
      source: this.#source,
    });
  }

  async #sign(action: string, body: string, key: AccessKey): Promise<Record<string, string>> {
    const { AwsV4Signer } = await import("aws4fetch" as string) as typeof import("aws4fetch");
    const { accessKeyId, secretAccessKey, sessionToken } = key;
    const signer = new AwsV4Signer({
      method: "POST",
      url: `${this.#address}/`,
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `${this.#kind.target}.${action}`,
      },
      body,
      accessKeyId,
      secretAccessKey,
      sessionToken,
      service: this.#kind.service,
      region: this.#region,
      allHeaders: true,
    });
    const { headers } = await signer.sign();
    return Object.fromEntries(headers);
  }
}

/** Throttling has status 400. */
function mayPass(answer: HttpAnswer): boolean {
  if (isPassing(answer)) return true;
  const refusal = answer.ok ? undefined : readRefusal(answer);
  return refusal !== undefined && isTransient(refusal);
}

/** Whether all that is asked is on this machine. */
export function isRemote(
  service: "secretsmanager" | "ssm",
  options: AwsOptions,
  env: Environment,
): boolean {
  const url = URL.parse(findOverride(service, options.address, readableOnly(env)) ?? "");
  return url === null || !isLoopback(url);
}
