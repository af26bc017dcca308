export { default } from "file://@KEY@" with { type: "text" };
