/** A certificate authority of a test's own, made by openssl, and a certificate for 127.0.0.1. */
import assert from "node:assert/strict";

/** What was made. */
export interface OwnAuthority {
  /** The path of the authority's certificate. */
  readonly caFile: string;
  /** What a server on 127.0.0.1 serves https with, as PEM texts. */
  readonly tls: { readonly cert: string; readonly key: string };
}

/** Makes both in a new folder below `dir`. */
export async function makeAuthority(dir: string): Promise<OwnAuthority> {
  const folder = await Deno.makeTempDir({ dir, prefix: "ca-" });
  const file = (name: string) => `${folder}/${name}`;
  const openssl = async (...args: string[]) => {
    const { code, stderr } = await new Deno.Command("openssl", { args, stdin: "null" }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
  };
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await openssl("req", "-x509", ...key, "-keyout", file("ca.key"), "-out", file("ca.pem"), ...[
    "-subj",
    "/CN=an authority of a test",
    "-days",
    "2",
  ]);
  await openssl("req", ...key, "-keyout", file("key.pem"), "-out", file("request.pem"), ...[
    "-subj",
    "/CN=localhost",
  ]);
  await Deno.writeTextFile(file("names"), "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
  await openssl("x509", "-req", "-in", file("request.pem"), "-out", file("cert.pem"), ...[
    "-CA",
    file("ca.pem"),
    "-CAkey",
    file("ca.key"),
    "-CAcreateserial",
    "-days",
    "2",
    "-extfile",
    file("names"),
  ]);
  return {
    caFile: file("ca.pem"),
    tls: {
      cert: await Deno.readTextFile(file("cert.pem")),
      key: await Deno.readTextFile(file("key.pem")),
    },
  };
}
