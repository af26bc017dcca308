/** The attacks by programs. */
import { testTheme } from "./suite.ts";

await testTheme("programs");
