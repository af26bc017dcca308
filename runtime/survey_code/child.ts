/**
 * The process that looks at code: reads `sources.json`, writes `answer.json`, both in the folder that
 * is its argument. It is a test because `Deno.lint.runPlugin` works in tests alone (Deno 2.9.6).
 * The host ends it where hostile code breaks the parser or holds it up.
 */
import { findMentions } from "./code.ts";
import type { Answer, Source } from "./mention.ts";

Deno.test("survey", () => {
  const [dir] = Deno.args;
  const sources: Source[] = JSON.parse(Deno.readTextFileSync(`${dir}/sources.json`));
  const answers = sources.map((source): Answer => {
    try {
      return { mentions: findMentions(source) };
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      return { failed: cause instanceof RangeError ? "it is nested too deeply" : String(cause) };
    }
  });
  Deno.writeTextFileSync(`${dir}/answer.json`, JSON.stringify(answers));
});
