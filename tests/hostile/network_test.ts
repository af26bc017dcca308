/** The attacks by network. */
import { testTheme } from "./suite.ts";

await testTheme("network");
