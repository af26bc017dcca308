export { default } from "file://@WORLD@/beside.json" with { type: "json" };
