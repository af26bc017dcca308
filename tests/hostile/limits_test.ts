/** The attacks by limits. */
import { testTheme } from "./suite.ts";

await testTheme("limits");
