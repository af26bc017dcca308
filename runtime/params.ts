/**
 * Parameters of one run: the defaults of task.yaml, overridden by what the user gave.
 * Values are text; `type` only checks.
 */
import { UsageError } from "../sdk/errors.ts";
import { nearest } from "./nearest.ts";
import { checkParamValue } from "./param_value.ts";
import type { Task } from "./task.ts";

/**
 * @throws {UsageError} param_invalid: unknown, missing, or not of its type; quotes nothing given.
 */
export function resolveParams(
  task: Task,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const known = new Map(task.params.map((param) => [param.name, param]));
  for (const name of Object.keys(given)) {
    if (!known.has(name)) throw unknownParam(name, [...known.keys()]);
  }
  const values: Record<string, string> = {};
  for (const param of task.params) {
    const value = Object.hasOwn(given, param.name) ? given[param.name] : param.default;
    if (value !== undefined) {
      const fault = checkParamValue(value, param.type);
      if (fault !== undefined) {
        const message = `cannot use the parameter "${param.name}": its value ${fault.state}`;
        throw new UsageError("param_invalid", message, { where: param.where, hint: fault.hint });
      }
      values[param.name] = value;
    } else if (param.required) {
      throw new UsageError("param_invalid", `cannot run without the parameter "${param.name}"`, {
        where: param.where,
        hint: `add -p ${param.name}=…`,
      });
    }
  }
  return values;
}

function unknownParam(name: string, known: readonly string[]): UsageError {
  const near = nearest(name, known);
  const all = known.length > 0 ? `the task takes ${known.join(", ")}` : "the task takes none";
  // The name is not quoted: a value that holds a "=" can be typed where the name belongs.
  return new UsageError("param_invalid", "cannot use a parameter that the task does not have", {
    hint: near ? `did you mean "${near}"?` : all,
  });
}
