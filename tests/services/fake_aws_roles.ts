/**
 * Where AWS hands out temporary credentials, for tests, on loopback: the metadata service of an
 * instance (IMDSv2), the endpoint of a container, and STS for a web identity.
 */

/** Temporary credentials; every field is made up. */
export interface RoleKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** One request that it has had. */
export interface RoleRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

/** All three at one address; it stops with its test. */
export class FakeAwsRoles implements AsyncDisposable {
  readonly requests: RoleRequest[] = [];
  /** What the container's endpoint wants in `Authorization`; anything goes without it. */
  containerToken: string | undefined;
  /** The only web identity that STS takes. */
  webIdentity = "jwt.of.the.pod";
  /** Answers nothing for this long first. */
  delayMs = 0;
  readonly #keys: readonly RoleKey[];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #given = 0;

  /** @param keys handed out one after the other, the last one again and again. */
  constructor(...keys: readonly RoleKey[]) {
    this.#keys = keys;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => {
        const { pathname: path, search } = new URL(request.url);
        const seen = {
          method: request.method,
          path: path + search,
          headers: request.headers,
          body: await request.text(),
        };
        this.requests.push(seen);
        if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
        return this.#answer(path, seen);
      },
    );
  }

  /** As AWS_EC2_METADATA_SERVICE_ENDPOINT has it, or AWS_ENDPOINT_URL_STS. */
  get address(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** As AWS_CONTAINER_CREDENTIALS_FULL_URI has it. */
  get containerUri(): string {
    return `${this.address}/v2/credentials?id=task`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  #answer(path: string, { method, headers, body }: RoleRequest): Response {
    const role = "/latest/meta-data/iam/security-credentials/";
    if (path === "/latest/api/token") {
      const isRight = method === "PUT" && headers.has("x-aws-ec2-metadata-token-ttl-seconds");
      return new Response(isRight ? "imds-token" : "", { status: isRight ? 200 : 400 });
    }
    if (path.startsWith(role)) {
      if (headers.get("x-aws-ec2-metadata-token") !== "imds-token") {
        return new Response("", { status: 401 });
      }
      if (path === role) return new Response("dicode-role");
      if (path !== `${role}dicode-role`) return new Response("", { status: 404 });
      return Response.json({ Code: "Success", Type: "AWS-HMAC", ...this.#give() });
    }
    if (path === "/v2/credentials") {
      const isRight = this.containerToken === undefined ||
        headers.get("authorization") === this.containerToken;
      if (!isRight) return Response.json({ code: "AccessDenied" }, { status: 403 });
      return Response.json({ RoleArn: "arn:aws:iam::123456789012:role/dicode", ...this.#give() });
    }
    if (path === "/" && method === "POST") return this.#assume(new URLSearchParams(body));
    return new Response("", { status: 404 });
  }

  #assume(form: URLSearchParams): Response {
    const xml = (text: string, status: number) =>
      new Response(text, { status, headers: { "content-type": "text/xml" } });
    const isRight = form.get("Action") === "AssumeRoleWithWebIdentity" &&
      form.get("Version") === "2011-06-15" && form.get("RoleSessionName") !== null &&
      form.get("RoleArn")!.startsWith("arn:aws:iam::");
    if (!isRight || form.get("WebIdentityToken") !== this.webIdentity) {
      return xml(
        `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>` +
          `<Type>Sender</Type><Code>InvalidIdentityToken</Code>` +
          `<Message>Couldn't retrieve verification key from your identity provider</Message>` +
          `</Error><RequestId>1</RequestId></ErrorResponse>`,
        400,
      );
    }
    const { AccessKeyId, SecretAccessKey, Token, Expiration } = this.#give();
    return xml(
      `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">` +
        `<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>${AccessKeyId}</AccessKeyId>` +
        `<SecretAccessKey>${SecretAccessKey}</SecretAccessKey><SessionToken>${Token}` +
        `</SessionToken><Expiration>${Expiration}</Expiration></Credentials>` +
        `</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
      200,
    );
  }

  #give() {
    const key = this.#keys[Math.min(this.#given++, this.#keys.length - 1)]!;
    return {
      AccessKeyId: key.accessKeyId,
      SecretAccessKey: key.secretAccessKey,
      Token: key.sessionToken,
      Expiration: new Date(Date.now() + 3600_000).toISOString(),
    };
  }
}
