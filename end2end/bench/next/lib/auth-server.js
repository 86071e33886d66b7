import { convexBetterAuthNextJs } from "@convex-dev/better-auth/nextjs";

export const { handler, preloadAuthQuery, isAuthenticated, getToken } = convexBetterAuthNextJs({
  convexUrl: process.env.NEXT_PUBLIC_CONVEX_URL,
  convexSiteUrl: process.env.NEXT_PUBLIC_CONVEX_SITE_URL,
  // As in the guide's example: the token of the last answer is used until it expires.
  jwtCache: { enabled: true, isAuthError: (error) => /auth/i.test(String(error?.data ?? error?.message ?? "")) },
});
