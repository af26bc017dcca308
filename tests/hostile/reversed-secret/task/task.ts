// Masking is for accidents. A task that has a secret can tell it.
export const main = ({ env }: any) => [...env.get("KEY")].toReversed().join("");
