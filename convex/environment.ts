// The functions' environment. On a deployment it is set by `npx convex env set`; with the embedded backend it is the
// server's own variables.

/** Reads a variable; empty counts as absent. */
export const env = (name: string): string | undefined => process.env[name] || undefined;

/** The shortest secret that is accepted, as Better Auth advises. */
const SECRET_LENGTH = 32;
/** Better Auth's default secret. Everybody knows it. */
const PUBLIC_SECRET = "better-auth-secret-12345678901234567890";

/**
 * Returns whether this is the context of a call. Registering routes and writing the schema create an instance of Better
 * Auth without one, which answers no requests and needs no settings.
 */
const isCall = (ctx: object) => "runQuery" in ctx;

/**
 * Checks the secret that sessions and mailed links are signed with, and returns `BETTER_AUTH_SECRET`. Better Auth
 * itself reads `BETTER_AUTH_SECRETS`.
 *
 * @throws in a call, when it is missing or too short.
 */
export const secret = (ctx: object): string | undefined => {
  const single = env("BETTER_AUTH_SECRET");
  // `BETTER_AUTH_SECRETS=2:new,1:old` is Better Auth's list for changing the secret. The first one signs.
  const listed = env("BETTER_AUTH_SECRETS")?.split(",")[0]!.trim().replace(/^\d+:/, "");
  const signing = listed ?? single;
  if (isCall(ctx) && (!signing || signing.length < SECRET_LENGTH || signing === PUBLIC_SECRET)) {
    const name = listed === undefined ? "BETTER_AUTH_SECRET" : "BETTER_AUTH_SECRETS";
    const problem = !signing
      ? "is not set"
      : signing === PUBLIC_SECRET
        ? "is the one that everybody knows"
        : `has fewer than ${SECRET_LENGTH} characters`;
    throw new Error(`${name} ${problem}. Run: npx convex env set BETTER_AUTH_SECRET "$(openssl rand -base64 32)"`);
  }
  return single;
};

/**
 * Returns the address of the app, as people type it.
 *
 * @throws in a call, when it is missing or not an http address. Better Auth would take it from the request, and then a
 * stranger could decide where links in mails lead.
 */
export const siteUrl = (ctx: object): string | undefined => {
  const url = env("SITE_URL");
  if (url && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  if (!isCall(ctx)) return undefined;
  const problem = url ? `is no http address: ${url}` : "is not set";
  throw new Error(`SITE_URL ${problem}. Run: npx convex env set SITE_URL https://app.example.com`);
};
