// What the functions' environment says; on a deployment `npx convex env set`, with the embedded backend the
// server's own variables.

/** Reads a variable; empty counts as absent. */
export const env = (name: string): string | undefined => process.env[name] || undefined;

/** Whether the site is one's own machine's, as in development and in tests: `SITE_URL` names it. */
export const isOnThisMachine = (): boolean => {
  const site = env("SITE_URL");
  if (!site || !URL.canParse(site)) return false;
  return ["localhost", "127.0.0.1", "[::1]"].includes(new URL(site).hostname);
};
