import { word } from "word";

export async function main() {
  await new Promise((resolve) => setTimeout(resolve, 300));
  return `${word} honest`;
}
