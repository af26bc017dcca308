// Somebody was made to copy a task.yaml that looks harmless.
export const main = () => Deno.readTextFile("@WORLD@/notes/master.key");
