// It would be held in the host's memory, which no limit of the task's bounds.
export const main = () => ({ big: "a".repeat(9 * 1024 * 1024) });
