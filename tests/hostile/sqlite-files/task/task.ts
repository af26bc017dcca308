// A database in memory needs no permission, and SQL can name files.
import { backup, DatabaseSync } from "node:sqlite";
import { tryAll } from "./attempt.ts";

const STORE = "@HOME@/.dicode/data.db";
const memory = () => new DatabaseSync(":memory:");

export const main = () =>
  tryAll({
    open: () => new DatabaseSync(STORE),
    "open by URI": () => new DatabaseSync(new URL(`file://${STORE}?mode=ro`)),
    "open by text": () =>
      new DatabaseSync(`file:${STORE}?mode=ro`).prepare("SELECT * FROM secrets"),
    attach: () => memory().exec(`ATTACH '${STORE}' AS store`),
    "vacuum into": () => memory().exec(`VACUUM INTO '@TASK@/copied.db'`),
    extension: () => new DatabaseSync(":memory:", { allowExtension: true }).loadExtension("@KEY@"),
    "extension by SQL": () => memory().prepare("SELECT load_extension('@KEY@')").all(),
    readfile: () => memory().prepare("SELECT readfile('@KEY@')").all(),
    backup: () => backup(memory(), "@TASK@/copied.db"),
  });
