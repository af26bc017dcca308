/** What dicode.yaml may say of either kind of AWS's. */
import { option, type OptionsOf } from "../options.ts";
import type { KeyFault } from "../rules.ts";
import { isRegion } from "./endpoint.ts";

/** The options of both kinds, beside `prefix` and `map`. */
export const AWS_OPTIONS = {
  region: option.text("the region", {
    default: "AWS_REGION, then AWS_DEFAULT_REGION, then the profile's",
    check: findRegionFault,
  }),
  profile: {
    ...option.text("the profile in AWS's own files; then the environment's keys do not count", {
      default: "AWS_PROFILE, then `default`",
    }),
    unwritten: {
      variables: ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"],
      files: [
        "~/.aws/credentials",
        "$AWS_SHARED_CREDENTIALS_FILE",
        "$AWS_WEB_IDENTITY_TOKEN_FILE",
        "$AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
      ],
    },
  },
  address: option.address("replaces AWS's own address"),
  ca_file: option.path("certificates of authorities to trust beside the system's", {
    default: "AWS_CA_BUNDLE",
  }),
  insecure_http: option.flag("lets `address` be plain HTTP to another machine"),
  field: option.text("each value is a JSON object, and this member of it is the secret"),
} as const;

/** Both kinds' options. */
export type AwsOptions = OptionsOf<typeof AWS_OPTIONS>;

function findRegionFault(found: string): KeyFault | undefined {
  if (isRegion(found)) return undefined;
  return { state: "is no region", hint: "write one such as eu-west-1" };
}
