/** The attacks by modules. */
import { testTheme } from "./suite.ts";

await testTheme("modules");
