export const word = "honest";
