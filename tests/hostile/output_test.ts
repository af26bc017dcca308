/** The attacks by output. */
import { testTheme } from "./suite.ts";

await testTheme("output");
