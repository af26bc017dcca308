// evil.ts would run instead of dicode's own preload, and read the secrets from standard input.
export const main = () => "clean";
