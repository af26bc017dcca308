/** What a service has refused or listed: as a failure, and as what `dicode doctor` shows. */
import type { Http } from "./http.ts";
import type { Diagnosis, FailureKind, ProviderFailure } from "./provider.ts";
import { quoteWhole } from "./quote.ts";

/** A refusal of the service's own, and what it means. */
export interface Refused {
  /** `unauthenticated`, or something that comes after the credential was taken. */
  readonly kind: FailureKind;
  readonly found: string;
  readonly hint: string;
}

/** The text for what a service has said with a status; at most 200 characters of it, on one line. */
export function quoteAnswer({ host }: Http, status: number, said: string): string {
  const words = said.replace(/\s+/g, " ").trim().slice(0, 200);
  return `${host} answered ${status}: ${quoteWhole(words)}`;
}

/** A refusal as a failure. */
export function failRefused(http: Http, { kind, found, hint }: Refused): ProviderFailure {
  return http.fail(kind, found, { hint });
}

/** What was in order up to a refusal, and the refusal. */
export function diagnoseRefused(http: Http, { kind, found, hint }: Refused): Diagnosis[] {
  const [reachable, authenticated] = diagnoseTaken(http);
  const broken = { state: "broken", found, hint } as const;
  if (kind === "unauthenticated") return [reachable, { what: "authenticated", ...broken }];
  return [reachable, authenticated, { what: "allowed", ...broken }];
}

/** What is in order where a list of names came. @param where the place that the list is of. */
export function diagnoseListed(http: Http, size: number, where: string): Diagnosis[] {
  const found = `${size === 1 ? "1 name" : `${size} names`} in ${where}`;
  return [...diagnoseTaken(http), { what: "allowed", state: "ok", found }];
}

function diagnoseTaken({ host }: Http): readonly [Diagnosis, Diagnosis] {
  return [
    { what: "reachable", state: "ok", found: `${host} answers` },
    { what: "authenticated", state: "ok", found: "the credential is taken" },
  ];
}
