/**
 * One line of JSON for a terminal or a program: no character in it steers a terminal, also none that
 * JSON.stringify leaves as it is (C1 controls, and those that change the direction of text).
 */
import { CONTROLS_BEYOND_C0, showControl } from "./controls.ts";

const LEFT_BY_STRINGIFY = new RegExp(`[${CONTROLS_BEYOND_C0}]`, "g");

/** @param value any JSON value; `undefined` is not one. */
export function formatJsonLine(value: unknown): string {
  return JSON.stringify(value).replace(LEFT_BY_STRINGIFY, showControl) + "\n";
}
