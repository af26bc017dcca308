export { default } from "file://@WORLD@/beside.js";
