/** The attacks by files. */
import { testTheme } from "./suite.ts";

await testTheme("files");
