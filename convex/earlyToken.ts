// The rule that no token is handed out before the second factor: until the code is right, an answer contains neither a
// session nor a token.

import { JWT_COOKIE_NAME } from "@convex-dev/better-auth/plugins";

/** The headers in which plugins of Better Auth return a session or a token, besides the cookies. */
const TOKEN_HEADERS = ["set-auth-jwt", "set-auth-token"];

const isToken = (cookie: string) => {
  const [name = "", value] = cookie.split(";")[0]!.split("=");
  return name.trim().endsWith(JWT_COOKIE_NAME) && value !== "";
};

/**
 * Removes the token from an answer that asks for a second factor.
 *
 * The plugin `convex` hands out a token after every sign-in, and `twoFactor` takes the session back. Which of them runs
 * first depends on their order in a list (GHSA-4qvm-r4pr-v3wg). The answer must not depend on it.
 */
export const withoutEarlyToken = async (answer: Response): Promise<Response> => {
  const cookies = answer.headers.getSetCookie();
  if (!cookies.some(isToken) && !TOKEN_HEADERS.some((name) => answer.headers.has(name))) return answer;
  const body: unknown = await answer
    .clone()
    .json()
    .catch(() => null);
  if (typeof body !== "object" || body === null || !("twoFactorRedirect" in body)) return answer;
  const headers = new Headers(answer.headers);
  for (const name of [...TOKEN_HEADERS, "set-cookie"]) headers.delete(name);
  for (const cookie of cookies) if (!isToken(cookie)) headers.append("set-cookie", cookie);
  return new Response(answer.body, { status: answer.status, headers });
};
