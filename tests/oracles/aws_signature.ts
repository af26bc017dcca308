/**
 * Signs requests anew with the signer of AWS's own SDK: one request a line on standard input, as
 * JSON; for each, one line on standard output with the `authorization` header that it should have.
 */
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";

interface Signable {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  /** Those that the request says are signed, in lower case. */
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly service: string;
  readonly region: string;
  /** The time of the signature, ISO 8601. */
  readonly at: string;
}

async function sign(request: Signable): Promise<string> {
  const { accessKeyId, secretAccessKey, region, service } = request;
  const signer = new SignatureV4({
    credentials: { accessKeyId, secretAccessKey },
    region,
    service,
    sha256: Sha256,
    applyChecksum: false,
  });
  const { method, path, query, headers, body } = request;
  const signed = await signer.sign(
    {
      method,
      protocol: "http:",
      hostname: headers.host!,
      path,
      query,
      headers,
      body,
    },
    { signingDate: new Date(request.at) },
  );
  return signed.headers.authorization!;
}

let rest = "";
for await (
  const chunk of Deno.stdin.readable.pipeThrough(new TextDecoderStream())
) {
  const lines = (rest + chunk).split("\n");
  rest = lines.pop()!;
  for (const line of lines) console.log(await sign(JSON.parse(line)));
}
