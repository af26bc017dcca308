/**
 * AWS Secrets Manager and Parameter Store for tests: what dicode asks of them, their errors included,
 * at one address.
 *
 * Every request is signed anew by AWS's own signer (tests/oracles/aws_signature.ts) and refused if
 * the signatures differ, as the services do. Believed because their own clients read its answers:
 * tests/providers/aws_oracle_test.ts.
 */
import { Signer } from "./aws_signer.ts";

/** The region that a FakeAws is in; a request signed for another is refused. */
export const REGION = "eu-west-1";

const ACCOUNT = "123456789012";

/** An access key that it knows. */
export interface FakeKey {
  readonly secretAccessKey: string;
  /** Temporary credentials have one, and are refused without it. */
  readonly sessionToken?: string;
  readonly isExpired?: boolean;
}

/** A secret of Secrets Manager. */
export interface FakeSecret {
  /** `SecretString`. */
  readonly text?: string;
  /** `SecretBinary`. */
  readonly binary?: Uint8Array;
  /** Deleted, and in its recovery window. */
  readonly isDeleted?: boolean;
  /** No policy allows it to be read. */
  readonly isDenied?: boolean;
  /** Its key is not to be used by the caller. */
  readonly isSealed?: boolean;
}

/** A parameter of Parameter Store. */
export interface FakeParameter {
  readonly value: string;
  /** Default SecureString. */
  readonly type?: "String" | "StringList" | "SecureString";
  readonly isDenied?: boolean;
}

/** A request that it has had. */
export interface AwsRequest {
  /** `GetSecretValue`, `BatchGetSecretValue`, `GetParameters`, `GetParameter`. */
  readonly action: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
}

/** What it answers instead, once. */
export type AwsFault = (request: AwsRequest) => Response | Promise<Response>;

/** One service for all actions; it stops with its test. */
export class FakeAws implements AsyncDisposable {
  readonly secrets = new Map<string, FakeSecret>();
  readonly parameters = new Map<string, FakeParameter>();
  /** By access key id. */
  readonly keys = new Map<string, FakeKey>();
  /** Actions that no policy allows: `secretsmanager:BatchGetSecretValue`. */
  readonly deniedActions = new Set<string>();
  readonly requests: AwsRequest[] = [];
  /** The most requests that were being answered at one time. */
  mostAtOnce = 0;
  readonly #signer = new Signer();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #ended = new AbortController();
  readonly #scheme: string;
  readonly #faults: { readonly fault: AwsFault; left: number }[] = [];
  #atOnce = 0;

  /** It knows the access key `AKIDTEST` with the secret given. */
  constructor(
    secretAccessKey: string,
    tls?: { readonly cert: string; readonly key: string },
  ) {
    this.keys.set("AKIDTEST", { secretAccessKey });
    this.#scheme = tls === undefined ? "http" : "https";
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {}, signal: this.#ended.signal, ...tls },
      async (request) => {
        this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
        return await this.#answer(request).finally(() => this.#atOnce--);
      },
    );
  }

  /** Answers so many requests with a fault, before anything else is looked at. */
  fail(fault: AwsFault, times = Infinity): void {
    this.#faults.push({ fault, left: times });
  }

  /** As `address` and AWS_ENDPOINT_URL have it. */
  get address(): string {
    return `${this.#scheme}://127.0.0.1:${this.#server.addr.port}`;
  }

  /** How many requests of an action it has had. */
  count(action: string): number {
    return this.requests.filter((request) => request.action === action).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#server.finished;
    await this.#signer[Symbol.asyncDispose]();
  }

  async #answer(request: Request): Promise<Response> {
    const body = await request.text();
    const target = request.headers.get("x-amz-target") ?? "";
    const [, service, action = "UnknownOperation"] =
      /^(secretsmanager|AmazonSSM)\.(\w+)$/.exec(target) ?? [];
    const seen: AwsRequest = { action, url: request.url, headers: request.headers, body };
    this.requests.push(seen);
    const fault = this.#faults.find(({ left }) => left > 0);
    if (fault !== undefined) {
      fault.left--;
      return await fault.fault(seen);
    }
    const name = service === "AmazonSSM" ? "ssm" : "secretsmanager";
    const refusal = await this.#refuse(request.method, seen, name);
    if (refusal !== undefined) return refusal;
    if (this.deniedActions.has(`${name}:${action}`)) return this.#deny(name, action, "*");
    const input = JSON.parse(body);
    if (action === "GetSecretValue") return this.#getSecret(input.SecretId, input.VersionStage);
    if (action === "BatchGetSecretValue") return this.#getSecrets(input.SecretIdList);
    if (action === "GetParameters") return this.#getParameters(input);
    if (action === "GetParameter") return this.#getParameter(input);
    return answerError("UnknownOperationException");
  }

  /** What is wrong with who asks, if anything; worded as the services do. */
  async #refuse(
    method: string,
    { url, headers, body }: AwsRequest,
    service: string,
  ): Promise<Response | undefined> {
    const authorization = headers.get("authorization") ?? "";
    const [, id, , region, signedService, signed] =
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), /
        .exec(authorization) ?? [];
    if (id === undefined) {
      return answerError("MissingAuthenticationTokenException", "Missing Authentication Token");
    }
    const key = this.keys.get(id);
    const token = headers.get("x-amz-security-token") ?? undefined;
    if (key === undefined || key.sessionToken !== token) {
      const found = "The security token included in the request is invalid.";
      return answerError("UnrecognizedClientException", found);
    }
    if (key.isExpired) {
      const found = "The security token included in the request is expired";
      return answerError("ExpiredTokenException", found);
    }
    if (region !== REGION || signedService !== service) {
      const found = `Credential should be scoped to a valid region.`;
      return answerError("InvalidSignatureException", found);
    }
    const at = readTime(headers.get("x-amz-date") ?? "");
    if (Math.abs(at.getTime() - Date.now()) > 5 * 60_000) {
      const found = `Signature expired: ${at.toISOString()} is now earlier than (5 min.)`;
      return answerError("InvalidSignatureException", found);
    }
    const expected = await this.#signer.sign({
      method,
      path: new URL(url).pathname,
      query: Object.fromEntries(new URL(url).searchParams),
      headers: Object.fromEntries(
        signed!.split(";").map((name) => [name, headers.get(name) ?? ""]),
      ),
      body,
      accessKeyId: id,
      secretAccessKey: key.secretAccessKey,
      service,
      region,
      at: at.toISOString(),
    });
    if (expected === authorization) return undefined;
    return answerError(
      "InvalidSignatureException",
      "The request signature we calculated does not match the signature you provided. Check your " +
        "AWS Secret Access Key and signing method. Consult the service documentation for details.",
    );
  }

  #getSecret(id: string, stage?: string): Response {
    const found = this.#findSecret(id, stage);
    if ("error" in found) return answerError(found.error, found.message);
    return answer(found.value);
  }

  #getSecrets(ids: readonly string[]): Response {
    if (ids.length < 1 || ids.length > 20) {
      return answerError("InvalidParameterException", "SecretIdList: 1 to 20 members");
    }
    const found = ids.map((id) => ({ id, ...this.#findSecret(id) }));
    return answer({
      SecretValues: found.flatMap((each) => "value" in each ? [each.value] : []),
      Errors: found.flatMap((each) =>
        "error" in each ? [{ SecretId: each.id, ErrorCode: each.error, Message: each.message }] : []
      ),
    });
  }

  #findSecret(
    id: string,
    stage = "AWSCURRENT",
  ): { value: object } | { error: string; message: string } {
    const name = /^arn:aws:secretsmanager:[^:]+:\d+:secret:(.+)-AbCdEf$/.exec(id)?.[1] ?? id;
    const secret = this.secrets.get(name);
    if (secret === undefined) {
      const message = "Secrets Manager can't find the specified secret.";
      return { error: "ResourceNotFoundException", message };
    }
    if (secret.isDenied) {
      return {
        error: "AccessDeniedException",
        message: deniedMessage("secretsmanager:GetSecretValue", name),
      };
    }
    if (secret.isDeleted) {
      const message = "You can't perform this operation on the secret because it was marked for " +
        "deletion.";
      return { error: "InvalidRequestException", message };
    }
    if (secret.isSealed) {
      const message =
        "Secrets Manager can't decrypt the protected secret text using the provided " +
        "KMS key.";
      return { error: "DecryptionFailure", message };
    }
    const isEmpty = secret.text === undefined && secret.binary === undefined;
    if (isEmpty || stage !== "AWSCURRENT") {
      const message = "Secrets Manager can't find the specified secret value for staging label: " +
        stage;
      return { error: "ResourceNotFoundException", message };
    }
    return {
      value: {
        ARN: `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${name}-AbCdEf`,
        Name: name,
        VersionId: "7b4f3c1e-0000-4000-8000-000000000001",
        ...(secret.text === undefined
          ? { SecretBinary: secret.binary!.toBase64() }
          : { SecretString: secret.text }),
        VersionStages: ["AWSCURRENT"],
        CreatedDate: 1523477145.713,
      },
    };
  }

  #getParameters(input: { Names: readonly string[]; WithDecryption?: boolean }): Response {
    const { Names: names } = input;
    if (names.length < 1 || names.length > 10) {
      return answerError(
        "ValidationException",
        "1 validation error detected: Value at 'names' failed to satisfy constraint: Member must " +
          "have length less than or equal to 10",
      );
    }
    const odd = names.find((name) => !/^[\w./:-]+$/.test(name));
    if (odd !== undefined) {
      return answerError("ValidationException", "Parameter name: can't contain spaces.");
    }
    const denied = names.find((name) => this.parameters.get(name.split(":")[0]!)?.isDenied);
    if (denied !== undefined) return this.#deny("ssm", "GetParameters", `parameter${denied}`);
    return answer(this.#findParameters(input));
  }

  #findParameters(input: { Names: readonly string[]; WithDecryption?: boolean }) {
    const { Names: names, WithDecryption: isOpened = false } = input;
    const found = names.map((asked) => {
      const [, name = asked, selector] = /^(\/?[^:]+)(:[^:]+)$/.exec(asked) ?? [];
      return { asked, name, selector, parameter: this.parameters.get(name) };
    });
    return {
      Parameters: found.flatMap(({ name, selector, parameter }) => {
        if (parameter === undefined) return [];
        const { value, type = "SecureString" } = parameter;
        return [{
          Name: name,
          Type: type,
          Value: type === "SecureString" && !isOpened ? "AQICAHencrypted" : value,
          Version: 1,
          ...(selector === undefined ? {} : { Selector: selector }),
          LastModifiedDate: 1523477145.713,
          ARN: `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/${name.replace(/^\//, "")}`,
          DataType: "text",
        }];
      }),
      InvalidParameters: found.flatMap((each) => each.parameter === undefined ? [each.asked] : []),
    };
  }

  /** One, by a right of its own; what it does not have is told without a message. */
  #getParameter({ Name: name, WithDecryption }: { Name: string; WithDecryption?: boolean }) {
    const parameter = this.parameters.get(name.split(":")[0]!);
    if (parameter === undefined) return answerError("ParameterNotFound");
    if (parameter.isDenied) return this.#deny("ssm", "GetParameter", `parameter${name}`);
    const found = this.#findParameters({ Names: [name], WithDecryption });
    return answer({ Parameter: found.Parameters[0] });
  }

  #deny(service: string, action: string, resource: string): Response {
    return answerError("AccessDeniedException", deniedMessage(`${service}:${action}`, resource));
  }
}

function deniedMessage(action: string, resource: string): string {
  return `User: arn:aws:iam::${ACCOUNT}:user/dicode is not authorized to perform: ${action} on ` +
    `resource: ${resource} because no identity-based policy allows the ${action} action`;
}

function answer(body: object): Response {
  return new Response(JSON.stringify(body), {
    headers: { "content-type": "application/x-amz-json-1.1" },
  });
}

/** An error as the services have it. */
export function answerError(
  type: string,
  message?: string,
  { status = 400, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Response {
  const body = { __type: type, ...(message === undefined ? {} : { Message: message }) };
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/x-amz-json-1.1", ...headers },
  });
}

function readTime(text: string): Date {
  return new Date(text.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}
