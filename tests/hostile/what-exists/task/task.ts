// Not one file by its name, but everything that has one: what can be opened must be the allow list.
import { shell } from "./attempt.ts";

export async function main() {
  const found = await shell(`
    for path in /* /etc/* /run/* /run/dicode/* /tmp/* /var/* /home/* /root/* /srv/* /mnt/* /opt/* \\
      @WORLD@ @WORLD@/* @HOME@ @HOME@/.dicode @HOME@/.ssh @WORLD@/tasks; do
      if [ -d "$path" ]; then ls -A "$path"
      elif [ -f "$path" ]; then head -c 1 "$path"
      else false; fi > /dev/null 2>&1 && echo "$path"
    done
    for path in /dev/mem /dev/kmsg /dev/port /dev/sd? /dev/vd? /dev/nvme*; do
      (: < "$path") 2> /dev/null && echo "$path"
    done
    true`);
  const paths = found.split("\n").filter((line) => line.startsWith("/"));
  console.log(paths.join("\n"));
  return `found ${paths.length} paths`;
}
