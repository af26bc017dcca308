export const number = 41;
