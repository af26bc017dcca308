// That is what most tasks are for; so the host is the one that you name.
export const main = async ({ env }: any) => {
  await fetch(`http://@OPEN@/?key=${env.get("KEY")}`);
};
