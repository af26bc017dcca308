import { number } from "http://@OPEN@/code.ts";

export const main = () => `clean ${number}`;
