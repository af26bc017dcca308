/** What a test asks infisical.ts to read. */
export interface Read {
  readonly version: "v3" | "v4";
  /** An access token, or the two of universal auth. */
  readonly credentials:
    | readonly [string]
    | readonly [clientId: string, clientSecret: string];
  /** As the client's own `listSecrets` takes them. */
  readonly options: {
    readonly projectId: string;
    readonly environment: string;
    readonly secretPath?: string;
    readonly includeImports?: boolean;
    readonly expandSecretReferences?: boolean;
    readonly recursive?: boolean;
    readonly viewSecretValue?: boolean;
  };
}
