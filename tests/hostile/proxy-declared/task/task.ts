// `fetch` goes through the proxy and asks for no permission.
export const main = async () => (await fetch("http://@OPEN@/")).text();
