/** A `.env` file in plain text as a provider, read as `dicode secrets import` reads one. */
import type { ProviderContext } from "../kinds.ts";
import { memberProvider, openPlainFile } from "../member_file.ts";
import { nameOf, naming, option, type OptionsOf } from "../options.ts";
import type { Provider } from "../provider.ts";

/** What dicode.yaml may say of it. */
export const OPTIONS = {
  // No task is granted the file: it holds the secrets of others.
  file: { ...option.path("the file", { required: true }), credential: "file" },
  ...naming("the name in the file"),
} as const;

/** Opens one; the file is read when it is asked. */
export function open(
  name: string,
  options: OptionsOf<typeof OPTIONS>,
  { env, note }: ProviderContext,
): Provider {
  const load = () => openPlainFile(name, options.file ?? "", env, "dotenv");
  return memberProvider(name, (key) => nameOf(options, key).name, load, note);
}
