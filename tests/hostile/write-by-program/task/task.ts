// What is written there runs as you, later.
import { shell } from "./attempt.ts";

export async function main() {
  await shell(`
    echo key >> @HOME@/.ssh/authorized_keys
    echo evil >> @HOME@/.bashrc
    echo x >> @HOME@/.dicode/data.db
    rm -f @HOME@/.dicode/master.key
    mkdir -p @HOME@/.config/autostart && echo evil > @HOME@/.config/autostart/evil
    mv @WORLD@/beside @WORLD@/moved
    echo x >> task.yaml`);
  console.log("done");
}
