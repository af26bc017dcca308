/** How each scenario comes about for the two kinds of AWS's, over the fake. */
import assert from "node:assert/strict";
import { answerError, type AwsFault, FakeAws, REGION } from "../services/fake_aws.ts";
import { makeAuthority, type OwnAuthority } from "../services/own_authority.ts";
import type { Bench, Setup, Subject } from "./conformance.ts";

/** The secret access key of `AKIDTEST`. */
export const SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+canary";

/** The environment of a host with that key, and nothing of AWS's beyond loopback. */
export const HOST_ENV = {
  AWS_ACCESS_KEY_ID: "AKIDTEST",
  AWS_SECRET_ACCESS_KEY: SECRET_KEY,
  AWS_REGION: REGION,
  AWS_EC2_METADATA_DISABLED: "true",
} as const;

/** What differs between the kinds. */
export interface BenchKind {
  /** Puts a value where a key is looked for. */
  readonly put: (fake: FakeAws, key: string, value: string, isDenied?: boolean) => void;
  /** Puts one there that was deleted; or why it cannot. */
  readonly putDeleted: ((fake: FakeAws, key: string, value: string) => void) | string;
}

interface More {
  readonly fault?: AwsFault;
  readonly times?: number;
  readonly tls?: OwnAuthority["tls"];
  readonly entry?: Setup["entry"];
  readonly env?: Setup["env"];
}

/** The scenarios of a kind. */
export function makeBench({ put, putDeleted }: BenchKind): Bench {
  const setUp = ({ stack }: Subject, fill: (fake: FakeAws) => void, more: More = {}): Setup => {
    const fake = stack.use(new FakeAws(SECRET_KEY, more.tls));
    fill(fake);
    if (more.fault !== undefined) fake.fail(more.fault, more.times);
    const env = { ...HOST_ENV, ...more.env };
    return {
      entry: { name: "cloud", address: fake.address, prefix: "/dicode/", ...more.entry },
      env,
      credentials: [env.AWS_SECRET_ACCESS_KEY],
    };
  };
  const filled = (subject: Subject, more?: More) =>
    setUp(subject, (fake) => put(fake, `/dicode/${subject.key}`, subject.value), more);
  const answers = (body: string, status = 200, headers: Record<string, string> = {}) => () =>
    new Response(body, { status, headers });
  return {
    found: (subject) => filled(subject),
    absent: (subject) => setUp(subject, (fake) => put(fake, "/dicode/OTHER", subject.value)),
    empty: (subject) =>
      setUp(
        subject,
        (fake) => put(fake, `/dicode/${subject.key}`, '{"password":"","user":"me"}'),
        { entry: { field: "password" } },
      ),
    deleted: typeof putDeleted === "string"
      ? putDeleted
      : (subject) =>
        setUp(subject, (fake) => putDeleted(fake, `/dicode/${subject.key}`, subject.value)),
    ambiguous: "a name is that of one thing",
    unauthorised: (subject) => ({
      ...filled(subject, { env: { AWS_SECRET_ACCESS_KEY: "another-secret-key" } }),
      said: /refuses the signature made with the access key from the variables AWS_ACCESS_KEY_ID/,
    }),
    forbidden: (subject) => ({
      ...setUp(subject, (fake) => put(fake, `/dicode/${subject.key}`, subject.value, true)),
      said: /AWS does not allow \w+:\w+ on "\/dicode\/WANTED_KEY": AccessDeniedException: "User: /,
    }),
    limited: (subject) =>
      filled(subject, {
        fault: () =>
          answerError("TooManyRequestsException", "Rate exceeded", {
            status: 429,
            headers: { "retry-after": "1" },
          }),
        times: 1,
      }),
    flaky: (subject) =>
      filled(subject, {
        fault: () => answerError("InternalServiceError", "An error occurred", { status: 500 }),
        times: 1,
      }),
    hang: (subject) =>
      filled(subject, { fault: () => new Promise(() => {}), entry: { timeout: "1s" } }),
    truncated: (subject) => filled(subject, { fault: answers('{"Name":"/dicode/WANTED_K') }),
    huge: (subject) => filled(subject, { fault: answers(`"${"x".repeat(2 * 1024 * 1024)}"`) }),
    html: (subject) =>
      filled(subject, {
        fault: answers("<html>502</html>", 502, { "content-type": "text/html" }),
      }),
    redirect: (subject) => {
      const elsewhere = subject.stack.use(new FakeAws(SECRET_KEY));
      subject.stack.defer(() => assert.deepEqual(elsewhere.requests, []));
      return {
        ...filled(subject, { fault: answers("", 307, { location: `${elsewhere.address}/` }) }),
        said: /a redirect to "127\.0\.0\.1:/,
      };
    },
    wrongCa: async (subject) => {
      const { tls } = await makeAuthority(subject.world.dir);
      return { ...filled(subject, { tls }), said: /ca_file/ };
    },
    newline: (subject) => {
      const setup = filled(subject, { env: { AWS_SESSION_TOKEN: "session-token\nsecond-line" } });
      return { ...setup, credentials: [SECRET_KEY, "session-token\nsecond-line"] };
    },
  };
}
