export * from "file://@WORLD@/beside.ts";
import defer * as later from "file://@WORLD@/beside.ts";
export { default as beside } from "file://@WORLD@/beside.ts";
export { later };
