export { default } from "file://@WORLD@/beside.ts";
