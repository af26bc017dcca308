/** What a test asks node-vault to do. */

/** One call; `login` is the method's name, and its mount. */
export interface Call {
  readonly does: "read" | "login" | "lookup" | "revoke" | "health";
  readonly token?: string;
  readonly namespace?: string;
  readonly path?: string;
  readonly login?: "approle" | "jwt" | "kubernetes";
  readonly body?: Readonly<Record<string, string>>;
}
