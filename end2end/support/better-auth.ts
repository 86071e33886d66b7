import { createAuthClient } from "better-auth/client";
import { emailOTPClient, magicLinkClient, twoFactorClient } from "better-auth/client/plugins";
import { browserFetch } from "./cookie-jar";

/** Better Auth's own client in a browser of its own at `origin`, with the plugins the functions have. */
export function clientAt(baseURL: string, origin = baseURL) {
  const { fetch, cookies } = browserFetch(origin);
  const client = createAuthClient({
    baseURL,
    fetchOptions: { customFetchImpl: fetch },
    plugins: [twoFactorClient(), magicLinkClient(), emailOTPClient()],
  });
  /** Opens a link as this browser does, and says where it leads. */
  const follow = async (link: string): Promise<URL> => {
    const answer = await fetch(link, { redirect: "manual" });
    return new URL(answer.headers.get("location") ?? link, link);
  };
  return { client, cookies, follow };
}
