/** Where the services of AWS are: the region, and the address of a service in it. */

/** Domains of the partitions whose regions begin so; the others are in the first. */
const DOMAINS: readonly (readonly [RegExp, string])[] = [
  [/^cn-/, "amazonaws.com.cn"],
  [/^eusc-/, "amazonaws.eu"],
  [/^us-iso-/, "c2s.ic.gov"],
  [/^us-isob-/, "sc2s.sgov.gov"],
  [/^eu-isoe-/, "cloud.adc-e.uk"],
  [/^us-isof-/, "csp.hci.ic.gov"],
];

/** The host's environment. */
export type Environment = (name: string) => string | undefined;

/** The environment without variables that are not UTF-8, for which Deno's error quotes the value. */
export function readableOnly(env: Environment): Environment {
  return (name) => {
    try {
      return env(name);
    } catch {
      // SECURITY: it may be the key (tests/providers/aws_keys_test.ts).
      return undefined;
    }
  };
}

/** The services that are asked, as host names have them. */
export type ServiceName = "secretsmanager" | "ssm" | "sts";

const VARIABLES: Readonly<Record<ServiceName, string>> = {
  secretsmanager: "AWS_ENDPOINT_URL_SECRETS_MANAGER",
  ssm: "AWS_ENDPOINT_URL_SSM",
  sts: "AWS_ENDPOINT_URL_STS",
};

/** Whether a text can be the name of a region; it becomes part of a host's name. */
export function isRegion(found: string): boolean {
  return /^[a-z]{2,8}(?:-[a-z]{1,16}){1,3}-[0-9]{1,2}$/.test(found);
}

/** The address that replaces AWS's own, if one does: an option, then the variables of AWS's tools. */
export function findOverride(
  service: ServiceName,
  address: string | undefined,
  env: Environment,
): string | undefined {
  return address ?? (env(VARIABLES[service]) || env("AWS_ENDPOINT_URL") || undefined);
}

/** The address of a service in a region. */
export function endpointOf(
  service: ServiceName,
  region: string,
  address: string | undefined,
  env: Environment,
): string {
  const [, domain] = DOMAINS.find(([begin]) => begin.test(region)) ?? [undefined, "amazonaws.com"];
  return findOverride(service, address, env) ?? `https://${service}.${region}.${domain}`;
}
