// The functions' environment: on a deployment set by `npx convex env set`, with the embedded backend the server's own
// variables.

/** Reads a variable; empty counts as absent. */
export const env = (name: string): string | undefined => process.env[name] || undefined;

/** The shortest secret that is accepted, as Better Auth advises. */
const SECRET_LENGTH = 32;
/** Better Auth's default secret. Everybody knows it. */
const PUBLIC_SECRET = "better-auth-secret-12345678901234567890";

/**
 * Whether this is the context of a call. Registering routes and writing the schema make an instance of Better Auth without
 * one. It answers no requests and needs no settings.
 */
const isCall = (ctx: object) => "runQuery" in ctx;

/**
 * The secret that sessions and mailed links are signed with.
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
 * The address of the app, as people type it.
 *
 * @throws in a call, when it is missing or no URL. Better Auth would take it from the request, and then a stranger could
 * decide where links in mails lead.
 */
export const siteUrl = (ctx: object): string | undefined => {
  const url = env("SITE_URL");
  if (url && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  if (!isCall(ctx)) return undefined;
  const problem = url ? `is no http address: ${url}` : "is not set";
  throw new Error(`SITE_URL ${problem}. Run: npx convex env set SITE_URL https://app.example.com`);
};
