// The host's environment is full of other people's keys.
import os from "node:os";
import process from "node:process";
import { tryAll } from "./attempt.ts";

export const main = ({ env }: any) =>
  tryAll({
    get: () => Deno.env.get("HOST_CANARY"),
    has: () => Deno.env.has("HOST_CANARY"),
    toObject: () => Deno.env.toObject(),
    context: () => env.get("HOST_CANARY"),
    "process.env": () => process.env.HOST_CANARY,
    "process.env's keys": () => Object.keys(process.env),
    HOME: () => Deno.env.get("HOME"),
    "in its prototype": () => env.get("__proto__"),
    loadEnvFile: () => process.loadEnvFile("@WORLD@/beside"),
    homedir: () => os.homedir(),
    userInfo: () => os.userInfo(),
    report: () => (process as any).report?.getReport?.(),
    hostname: () => Deno.hostname(),
    uid: () => Deno.uid(),
  });
