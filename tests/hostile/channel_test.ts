/** The attacks by channel. */
import { testTheme } from "./suite.ts";

await testTheme("channel");
