/**
 * Programs that `exec` knows, as plain data.
 *
 * What is known of each answer, and from where, is in docs/providers/exec.md; the tests run the real
 * program where one can be had (tests/providers/exec_real_test.ts), and stubs with its answers.
 */
import { LOCAL_PRESETS } from "./local_presets.ts";
import type { Preset } from "./preset.ts";
import { SERVICE_PRESETS } from "./service_presets.ts";

const PRESETS = { ...LOCAL_PRESETS, ...SERVICE_PRESETS };

/** The name of a preset. */
export type PresetName = keyof typeof PRESETS;

/** The names of the presets. */
export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];

/** The preset of that name, or undefined. */
export function presetOf(name: PresetName | undefined): Preset | undefined {
  return name === undefined ? undefined : PRESETS[name];
}
