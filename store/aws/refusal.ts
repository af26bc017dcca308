/**
 * What AWS refuses, and what that means. Its errors are status 400, throttling too; the kind stands in
 * `__type` or in a header
 * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html).
 */
import { type HttpAnswer, isObject } from "../http_answer.ts";
import type { FailureKind } from "../provider.ts";
import { quoteWhole } from "../quote.ts";

/** A refusal as it was sent. */
export interface AwsRefusal {
  /** `AccessDeniedException`, without a namespace or an address around it. */
  readonly type: string;
  /** In AWS's words; may be empty. */
  readonly message: string;
  /** AWS's clock, if the answer had it; milliseconds since 1970. */
  readonly at?: number;
}

/** What was asked when it was refused. */
export interface AwsQuestion {
  /** As policies have it: `secretsmanager:GetSecretValue`. */
  readonly action: string;
  /** The secret or parameter, if it is one; else what they are called. */
  readonly name: string;
  /** Where the access key is from. */
  readonly source: string;
}

/** What a refusal means: the name does not exist, or a failure. */
export type AwsMeaning = "absent" | {
  readonly kind: FailureKind;
  readonly found: string;
  readonly hint: string;
};

const THROTTLED = [
  "ThrottlingException",
  "Throttling",
  "ThrottledException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "TooManyRequestsException",
  "ProvisionedThroughputExceededException",
  "SlowDown",
];
const EXPIRED = ["ExpiredTokenException", "ExpiredToken", "RequestExpired"];
const UNKNOWN_KEY = [
  "UnrecognizedClientException",
  "InvalidClientTokenId",
  "InvalidClientTokenIdException",
  "MissingAuthenticationTokenException",
  "MissingAuthenticationToken",
];
const BAD_SIGNATURE = ["InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature"];
const SEALED = ["DecryptionFailure", "InvalidKeyId", "KMSAccessDeniedException"];
const INTERNAL = ["InternalServiceError", "InternalServerError", "InternalFailure"];

/** A secret in its recovery window: AWS's words now and before. */
const DELETED = /marked (?:for deletion|deleted)|scheduled for deletion/;

/** How far the clocks may be apart, in milliseconds: AWS takes 5 minutes. */
const MOST_SKEW_MS = 4 * 60_000;

/** The refusal that an answer is, or undefined for one that is not AWS's: a page of a proxy's. */
export function readRefusal(answer: HttpAnswer): AwsRefusal | undefined {
  const body = answer.tryJson();
  const { __type, Message, message = Message } = isObject(body) ? body : {};
  const named = answer.headers.get("x-amzn-errortype") ?? __type;
  if (typeof named !== "string") return undefined;
  const type = named.replace(/^.*#/, "").replace(/:.*$/s, "");
  const at = Date.parse(answer.headers.get("date") ?? "");
  return {
    type,
    message: typeof message === "string" ? message : "",
    ...(Number.isNaN(at) ? {} : { at }),
  };
}

/** Whether the same request may be answered a moment later. */
export function isTransient({ type }: AwsRefusal): boolean {
  return THROTTLED.includes(type) || INTERNAL.includes(type);
}

/** Whether the access key has expired. */
export function isExpired({ type }: AwsRefusal): boolean {
  return EXPIRED.includes(type);
}

/** Whether the access key may not do this. */
export function isDenied({ type }: AwsRefusal): boolean {
  return ["AccessDeniedException", "AccessDenied", "UnauthorizedOperation"].includes(type);
}

/** What a refusal means for a name. */
export function explainRefusal(refusal: AwsRefusal, asked: AwsQuestion): AwsMeaning {
  const { type, message } = refusal;
  const { action, name, source } = asked;
  const said = message === "" ? type : `${type}: ${quoteWhole(message.slice(0, 300))}`;
  if (
    ["ResourceNotFoundException", "ParameterNotFound", "ParameterVersionNotFound"].includes(type)
  ) {
    return "absent";
  }
  if (type === "InvalidRequestException" && DELETED.test(message)) return "absent";
  if (SEALED.includes(type) || (isDenied(refusal) && /\bKMS\b/i.test(message))) {
    return {
      kind: "denied",
      found: `AWS does not decrypt ${name}: ${said}`,
      hint: "allow kms:Decrypt on the key that it is encrypted with",
    };
  }
  if (isDenied(refusal)) {
    return {
      kind: "denied",
      found: `AWS does not allow ${action} on ${name}: ${said}`,
      hint: `allow it in the policy; AWS answers the same for names outside the policy that do ` +
        "not exist",
    };
  }
  if (isExpired(refusal)) {
    return {
      kind: "unauthenticated",
      found: `the access key has expired, which is from ${source}`,
      hint: "sign in again, or fetch new ones",
    };
  }
  if (UNKNOWN_KEY.includes(type)) {
    return {
      kind: "unauthenticated",
      found: `AWS does not know the access key or its session token, which are from ${source}`,
      hint: "see that they belong together, and to this region's part of AWS",
    };
  }
  if (BAD_SIGNATURE.includes(type)) return explainSignature(refusal, source);
  if (THROTTLED.includes(type)) {
    return {
      kind: "rate_limited",
      found: `AWS wants fewer requests a second: ${said}`,
      hint: "try again later, or give it longer with more retries",
    };
  }
  if (INTERNAL.includes(type)) {
    return { kind: "unreachable", found: `AWS failed itself: ${said}`, hint: "try again" };
  }
  return {
    kind: /Validation|InvalidParameter/.test(type) ? "misconfigured" : "bad_answer",
    found: `AWS does not answer for ${name}: ${said}`,
    hint: "see that the name, the region and the address are right",
  };
}

/** AWS's own words are not shown: they quote the headers that were signed, session token and all. */
function explainSignature({ at }: AwsRefusal, source: string): AwsMeaning {
  const skew = at === undefined ? 0 : Math.abs(Date.now() - at);
  if (skew > MOST_SKEW_MS) {
    const minutes = Math.round(skew / 60_000);
    return {
      kind: "unauthenticated",
      found: `AWS refuses the signature: its clock and this machine's are ${minutes} minutes apart`,
      hint: "set the clock of this machine",
    };
  }
  return {
    kind: "unauthenticated",
    found: `AWS refuses the signature made with the access key from ${source}`,
    hint:
      "see that the secret access key belongs to the access key id, and the region to the address",
  };
}
