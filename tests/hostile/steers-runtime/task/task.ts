// Were they in the environment that deno starts with, they would act before any permission.
import os from "node:os";

export function main() {
  return os.EOL === "\n" ? "clean" : "odd";
}
