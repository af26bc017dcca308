// Each ends in an error, and the machine does not feel it.
import { tryAll } from "./attempt.ts";

export const main = () =>
  tryAll({
    buffers: () => {
      for (const all: unknown[] = [];;) all.push(new Uint8Array(32 * 1024 * 1024).fill(1));
    },
    resized: () => {
      const buffer = new ArrayBuffer(0, { maxByteLength: 2 ** 31 });
      for (;;) buffer.resize(buffer.byteLength + 2 ** 26);
    },
    string: () => "x".repeat(2 ** 29).length && "x".repeat(2 ** 30),
  });
