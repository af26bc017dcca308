export { default } from "../../../../../../../../../../../../../../../@WORLD@/beside.js";
