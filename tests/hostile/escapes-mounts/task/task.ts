// In a user namespace of its own a program is root, and may mount: over what it must not write, or
// away what hides something.
import { shell } from "./attempt.ts";

export async function main() {
  await shell(`
    mount -o remount,rw,bind @TASK@ && echo x >> task.yaml
    umount -l @TASK@
    unshare -Urm sh -c 'mount -o remount,rw,bind @TASK@; echo x >> @TASK@/task.yaml'
    unshare -Urm sh -c 'umount -l /; umount -l /tmp; cat @KEY@; cat @WORLD@/beside'
    unshare -Urm sh -c 'mount -t tmpfs none @TASK@/data; echo x > @TASK@/data/made'
    nsenter -t 1 -m -p -U cat @KEY@
    chroot /proc/1/root cat @KEY@
    cat /proc/1/root@KEY@ /proc/1/cwd@KEY@`)
    .then((said) => console.log(said));
  console.log("done");
}
