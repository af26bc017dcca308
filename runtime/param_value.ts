/** What the text of a parameter must be: for a default in task.yaml and for what a run is given. */
import { checkCron } from "./cron.ts";
import type { Fault } from "./report.ts";
import type { Param } from "./task_params.ts";

/** What is wrong with a parameter's text for its type, if anything. Never quotes the text. */
export function checkParamValue(value: string, type: Param["type"]): Fault | undefined {
  if (value.includes("\0")) return { state: "holds a NUL character" };
  if (type === "number" && !/^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$/.test(value)) {
    return { state: "is not a number", hint: "write digits, such as 10 or 1.5" };
  }
  if (type === "boolean" && value !== "true" && value !== "false") {
    return { state: "is not true or false", hint: "write true or false" };
  }
  return type === "cron" ? checkCron(value) : undefined;
}
