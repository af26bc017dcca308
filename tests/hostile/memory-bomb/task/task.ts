// It ends in an error of its own, and the machine does not feel it.
export function main() {
  const all: Uint8Array[] = [];
  for (let filled = 0;; filled += 64) {
    console.log(`filled ${filled}`);
    all.push(new Uint8Array(64 * 1024 * 1024).fill(1));
  }
}
