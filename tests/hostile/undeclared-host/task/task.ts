// Declared are another port for code, and a host for data.
import "http://@SHUT@/code.ts?leak";

export function main() {}
