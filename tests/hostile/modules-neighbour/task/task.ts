// `lib-private` begins with the name of the granted folder, and `..` leads out of it again.
import "../lib/code.ts";
import "../lib/../lib-private/code.ts";

export function main() {}
