// Where the run's own files lie: Deno's cache, or the folder for a program's temporary files. Chains
// of 100 are hung one below the other: a folder is the slower to make the deeper it lies.
export async function main() {
  const script = `chdir($ENV{TMPDIR} || $ENV{DENO_DIR}) or die "start: $!";
    for my $path (map "c$_", 0 .. 149) {
      for (1 .. 100) { mkdir $path or die "$path: $!"; $path .= "/d" }
    }
    for my $at (reverse 0 .. 148) {
      rename "c" . ($at + 1), "c$at" . "/d" x 100 or die "$at: $!";
    }`;
  const { success, stderr } = await new Deno.Command("perl", { args: ["-e", script] }).output();
  return success ? "made" : new TextDecoder().decode(stderr);
}
