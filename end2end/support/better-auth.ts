import { createAuthClient } from "better-auth/client";
import { emailOTPClient, magicLinkClient, twoFactorClient } from "better-auth/client/plugins";
import { browserFetch } from "./cookie-jar";

/** The routes that the pages of mailed links call. */
const ROUTES: Record<string, string | undefined> = {
  "/sign-in/link": "/magic-link/verify",
  "/verify-email/confirm": "/verify-email",
};

/** Returns Better Auth's own client in a separate browser at `origin`, with the plugins of the functions. */
export function clientAt(baseURL: string, origin = baseURL) {
  const { fetch, cookies } = browserFetch(origin);
  const client = createAuthClient({
    baseURL,
    fetchOptions: { customFetchImpl: fetch },
    plugins: [twoFactorClient(), magicLinkClient(), emailOTPClient()],
  });
  /** Does the same as the page of a link when its button is pressed, and returns the next address. */
  const follow = async (link: string): Promise<URL> => {
    const { pathname, search } = new URL(link);
    const route = ROUTES[pathname];
    if (!route) return new URL(link);
    const answer = await fetch(`${baseURL}/api/auth${route}${search}`, { redirect: "manual" });
    return new URL(answer.headers.get("location") ?? link, link);
  };
  return { client, cookies, follow };
}
