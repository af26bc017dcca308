/** The options of a provider's kind (store/options.ts) as shapes that read dicode.yaml. */
import { findPlaceFault } from "../store/expand.ts";
import type { Option, OptionTable } from "../store/options.ts";
import { parseDuration } from "./duration.ts";
import { resolvePath } from "./paths.ts";
import type { Fault } from "./report.ts";
import { choice, flag, scalar, type Shape, text } from "./shape.ts";
import { type Field, list, table } from "./shape_fields.ts";

/** The largest whole number that an option takes. */
const MOST = 1_000_000;

/** Shapes for a table of options; a relative path is taken from `folder`. */
export function optionFields(options: OptionTable, folder: string): Record<string, Field<unknown>> {
  const fields = Object.entries(options).map(([name, option]): [string, Field<unknown>] => {
    const { about, required, default: preset } = option;
    return [name, { shape: optionShape(option, folder), about, required, default: preset }];
  });
  return Object.fromEntries(fields);
}

function optionShape({ form, check }: Option, folder: string): Shape<unknown> {
  if (typeof form === "object") return choice(form.choice);
  switch (form) {
    case "text":
      return text("a text", check);
    case "address":
      return text("an address such as https://vault.example.com", checkAddress);
    case "path":
      return placed(folder);
    case "duration":
      return durationShape();
    case "count":
      return countShape();
    case "flag":
      return flag();
    case "list":
      return mapped(list(text("a text", check)), (items) => items.map(({ value }) => value));
    case "counts":
      return mapped(list(countShape()), (items) => items.map(({ value }) => value));
    case "table":
      return mapped(
        table(text("a text", check)),
        (entries) =>
          Object.fromEntries(
            entries.flatMap(({ name, slot }) =>
              slot.value === undefined ? [] : [[name, slot.value]]
            ),
          ),
      );
  }
}

/** A duration, as in task.yaml; in milliseconds. */
export function durationShape(): Shape<number> {
  return scalar<number>({ expected: "a duration such as 10s", parse: parseDuration });
}

/** A whole number. */
export function countShape(): Shape<number> {
  return scalar<number>({
    expected: "a whole number",
    parse: (found) => {
      if (/^[0-9]{1,7}$/.test(found) && Number(found) <= MOST) return Number(found);
      return { state: `is not a whole number from 0 to ${MOST}` };
    },
  });
}

/** What is wrong with an address, if anything. A credential in it is not shown. */
function checkAddress(found: string): Fault | undefined {
  const url = URL.parse(found);
  if (url === null || !/^https?:\/\//.test(found)) {
    return { state: "is no http or https address", hint: "write one such as https://host:8200" };
  }
  if (url.username !== "" || url.password !== "") {
    return { state: "holds a user or a password", hint: "remove it", private: true };
  }
  if (url.search !== "" || url.hash !== "" || found.includes("?") || found.includes("#")) {
    return { state: "has a query or a fragment", hint: "remove it", private: true };
  }
  return undefined;
}

/** A path; one that begins with `~/` or `$NAME` is expanded where it is used. */
function placed(folder: string): Shape<string> {
  return mapped(
    text("a path", findPlaceFault),
    (path) => /^(?:\/|~(?:\/|$)|\$)/.test(path) ? path : resolvePath(folder, path),
  );
}

function mapped<A, B>(shape: Shape<A>, to: (value: A) => B): Shape<B> {
  return {
    form: shape.form,
    read(node, at) {
      const value = shape.read(node, at);
      return value === undefined ? undefined : to(value);
    },
  };
}
