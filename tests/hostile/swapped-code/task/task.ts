// The host was honest when the task was tried out.
import { word } from "http://@OPEN@/code.ts";

export const main = () => word;
