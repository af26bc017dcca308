// The env provider would find it, if it were asked.
export const main = () => Deno.env.toObject();
