/** The attacks by environment. */
import { testTheme } from "./suite.ts";

await testTheme("environment");
