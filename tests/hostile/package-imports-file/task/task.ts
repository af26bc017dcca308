// The package comes from a registry; what it imports is in no list of the task's own modules.
import { attempts } from "npm:evil@1.0.0";
import { tryAll } from "./attempt.ts";

export const main = () => tryAll(attempts);
