// Even what people typed is masked, if it is a secret that the task was given.
export const main = async ({ input, params }: any) => ({ input, key: await params.get("key") });
