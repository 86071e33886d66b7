// Links in mails. They open pages of the app, which name the account and have a button. Opening a link does nothing by
// itself.
//
// Better Auth's own links are GET routes that act at once: anybody who is tricked into opening one is signed in by it,
// and a mail scanner uses it up. Here these routes answer only the app, and redirect everybody else to the page.

import type { BetterAuthPlugin, GenericEndpointContext, User } from "better-auth";
import { APIError, createAuthEndpoint, createAuthMiddleware, getSessionFromCtx } from "better-auth/api";
import { signJWT, verifyJWT } from "better-auth/crypto";
import { revokeAccess } from "./claims";

/** The page for each of Better Auth's routes that act on a link. `undefined`: the app sends no such mail. */
const PAGES: Record<string, string | undefined> = {
  "/magic-link/verify": "/sign-in/link",
  "/verify-email": "/verify-email/confirm",
  "/reset-password/:token": "/reset-password",
  "/delete-user/callback": undefined,
};

/** Cookie that marks the browser that requested a sign-in link. It contains a hash of the link's token. */
const ASKED = "mail_link";

/** How long a link to sign in is valid, in seconds. */
const ASKED_SECONDS = 5 * 60;

/** The format of a token that signs in. */
const SIGN_IN_TOKEN = /^[A-Za-z]{32}$/;
const RESET_TOKEN = /^[A-Za-z0-9]{1,64}$/;

/** The account that a link is about. */
interface Account {
  id: string;
  emailVerified: boolean;
}

/** The purpose of a link. */
type Kind = "sign-in" | "confirm" | "reset";

/** Returns the link to `page` that a mail gets in place of Better Auth's `url`. */
const linkTo = (page: string, url: string, token: string): string => {
  const from = new URL(url);
  const link = new URL(page, from.origin);
  link.searchParams.set("token", token);
  const back = localPath(from.searchParams.get("callbackURL"), from.origin);
  if (back) link.searchParams.set("callbackURL", back);
  return link.href;
};

/** Returns the link of a mail that signs in. */
export const signInLink = (url: string, token: string) => linkTo("/sign-in/link", url, token);

/**
 * Returns the link of a mail that confirms an address, or a change of it.
 *
 * Better Auth's token names only the address, which may belong to another account when the link is opened. Here it
 * names the account as well, and whether the address was confirmed: somebody who created the account with another
 * person's address, and asked to change it, must not get the account after that person has taken it over.
 */
export const confirmLink = async (secret: string, account: Account, url: string, token: string): Promise<string> => {
  const { exp = 0, ...claims } = (await verifyJWT<{ exp?: number }>(token, secret)) ?? {};
  const bound = { ...claims, account: account.id, confirmed: account.emailVerified };
  const seconds = exp - Math.floor(Date.now() / 1000);
  return linkTo("/verify-email/confirm", url, await signJWT(bound, secret, seconds));
};

/**
 * Returns the link of a mail for choosing a new password: to the requested page, with the token added as Better Auth
 * does.
 */
export const resetLink = (url: string, token: string) => {
  const { origin, searchParams } = new URL(url);
  const link = new URL(localPath(searchParams.get("callbackURL"), origin) ?? "/reset-password", origin);
  link.searchParams.set("token", token);
  return link.href;
};

/**
 * Returns `url` as a path of the site at `origin`, if it is one. A path must not begin with two slashes: a browser
 * would read what follows as another host.
 */
const localPath = (url: string | null, origin: string): string | undefined => {
  if (!url || !URL.canParse(url, origin)) return undefined;
  const { origin: its, pathname, search, hash } = new URL(url, origin);
  return its === origin && !pathname.startsWith("//") ? pathname + search + hash : undefined;
};

/**
 * Returns the name of the row of a token that signs in. The table also contains the states of sign-ins with a provider.
 * The visitor who starts such a sign-in knows the name of its row and chooses some of its content (`additionalData`).
 * Without the prefix, the state could be used as a token for any account.
 */
export const signInRow = async (token: string): Promise<string> => `sign-in-link:${token}`;

/** Remembers in this browser that it has requested the link with this token. */
export const rememberAsking = async (endpoint: GenericEndpointContext, token: string): Promise<void> => {
  const cookie = endpoint.context.createAuthCookie(ASKED, { maxAge: ASKED_SECONDS });
  await endpoint.setSignedCookie(cookie.name, await hashOf(token), endpoint.context.secret, cookie.attributes);
};

const hashOf = async (token: string): Promise<string> => {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
};

/** Guards the routes that act on links, and adds routes for the pages that links lead to. */
export const mailLinks = () =>
  ({
    id: "mail-links",
    hooks: {
      before: [
        {
          // Calls of the functions themselves have no request.
          matcher: ({ path, request }) => path !== undefined && Object.hasOwn(PAGES, path) && request !== undefined,
          handler: createAuthMiddleware(async (endpoint) => {
            const { path } = endpoint;
            if (!isOfApp(endpoint)) throw endpoint.redirect(pageOf(endpoint));
            if (path === "/magic-link/verify" && !SIGN_IN_TOKEN.test(String(endpoint.query?.token))) throw invalid();
            if (path === "/verify-email") await requireItsSession(endpoint);
          }),
        },
      ],
    },
    endpoints: {
      /** Returns which account a link belongs to, and who opens it. The link can still be used afterwards. */
      aboutMailLink: createAuthEndpoint("/mail-link/about", { method: "POST" }, async (endpoint) => {
        const { kind, token } = wanted(endpoint.body);
        const about = await ABOUT[kind](endpoint, token);
        if (!about) throw invalid();
        const session = await getSessionFromCtx(endpoint, { disableRefresh: true });
        const visitor = session && { email: session.user.email, isGuest: Boolean(session.user.isAnonymous) };
        return endpoint.json({ ...about, visitor });
      }),
      /**
       * Confirms the address of an account that somebody else made with it. The owner of the mailbox gets the account, and
       * nobody else keeps a way in.
       */
      claimByMailLink: createAuthEndpoint("/mail-link/claim", { method: "POST" }, async (endpoint) => {
        const { token } = wanted(endpoint.body);
        const claims = await confirmationOf(endpoint, token);
        // A confirmed account has an owner. An old mail must not take it from them.
        if (!claims || claims.updateTo || claims.user.emailVerified) throw invalid();
        await revokeAccess(endpoint.context, claims.user);
        await endpoint.context.internalAdapter.updateUser(claims.user.id, { emailVerified: true });
        return endpoint.json({ status: true });
      }),
    },
  }) satisfies BetterAuthPlugin;

/**
 * Returns whether the app's server or a script of its pages sent the request. A link, an image or a form cannot do the
 * same.
 */
const isOfApp = ({ headers, context }: GenericEndpointContext): boolean => {
  const origin = headers?.get("origin");
  if (origin) return context.isTrustedOrigin(origin);
  const mode = headers?.get("sec-fetch-mode");
  return headers?.get("sec-fetch-site") === "same-origin" && (mode === "cors" || mode === "same-origin");
};

/** Returns the page for the link, with its token. For a link without a page, the sign-in page. */
const pageOf = ({ path, query, params, context }: GenericEndpointContext): string => {
  const page = path ? PAGES[path] : undefined;
  const token = String(params?.token ?? query?.token ?? "");
  const url = new URL(context.baseURL);
  if (!page) return new URL("/sign-in", url).href;
  const callbackURL = query?.callbackURL;
  if (typeof callbackURL === "string") url.searchParams.set("callbackURL", callbackURL);
  return path === "/reset-password/:token" ? resetLink(url.href, token) : linkTo(page, url.href, token);
};

const invalid = () =>
  new APIError("BAD_REQUEST", {
    code: "INVALID_TOKEN",
    message: "This link has been used, has expired, or is incomplete.",
  });

/**
 * Allows only a person who is signed in to the account to confirm or change its address. Otherwise somebody could make an
 * account with another person's address, and it would be confirmed when that person follows the link. And a change that
 * they asked for would still work after the owner has taken the account over.
 */
const requireItsSession = async (endpoint: GenericEndpointContext): Promise<void> => {
  const token = String(endpoint.query?.token);
  const claims = await confirmationOf(endpoint, token);
  if (!claims) {
    // Better Auth itself reports what is wrong with a token that it has not signed, or that has expired.
    if (await verifyJWT(token, endpoint.context.secret)) throw invalid();
    return;
  }
  const session = await getSessionFromCtx(endpoint, { disableRefresh: true });
  if (session?.user.id === claims.user.id) return;
  // Already confirmed, so nothing changes.
  if (!claims.updateTo && claims.user.emailVerified) return;
  throw new APIError("UNAUTHORIZED", {
    code: "SIGN_IN_TO_CONFIRM",
    message: "Sign in to the account with this address, and open the link again.",
  });
};

interface Confirmation {
  email: string;
  /** The new address, if the link changes it. */
  updateTo?: string;
  requestType?: string;
  /** The account, which still has the address. */
  user: User;
}

/** Returns what the link of a mail confirms, unless its account has changed since in a way that makes it void. */
const confirmationOf = async ({ context }: GenericEndpointContext, token: string): Promise<Confirmation | null> => {
  const claims = await verifyJWT<Record<string, unknown>>(token, context.secret);
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  const email = text(claims?.email);
  const user = email && (await context.internalAdapter.findUserByEmail(email))?.user;
  if (!claims || !email || !user || user.id !== claims.account) return null;
  const updateTo = text(claims.updateTo);
  if (updateTo && user.emailVerified !== claims.confirmed) return null;
  return { email, updateTo, requestType: text(claims.requestType), user };
};

/** The data that the page of each kind shows; null if the link is not valid. */
const ABOUT = {
  "sign-in": async (endpoint, token) => {
    const { internalAdapter, secret, createAuthCookie } = endpoint.context;
    const row = SIGN_IN_TOKEN.test(token) && (await internalAdapter.findVerificationValue(await signInRow(token)));
    if (!row || row.expiresAt < new Date()) return null;
    const { email } = JSON.parse(row.value) as { email: string };
    const asked = await endpoint.getSignedCookie(createAuthCookie(ASKED).name, secret);
    return { email, asked: asked === (await hashOf(token)) };
  },
  confirm: async (endpoint, token) => {
    const claims = await confirmationOf(endpoint, token);
    if (!claims) return null;
    const { email, updateTo: newEmail, requestType, user } = claims;
    return { email, newEmail, mailsNew: requestType === "change-email-confirmation", verified: user.emailVerified };
  },
  reset: async ({ context: { internalAdapter } }, token) => {
    const row = RESET_TOKEN.test(token) && (await internalAdapter.findVerificationValue(`reset-password:${token}`));
    if (!row || row.expiresAt < new Date()) return null;
    const user = await internalAdapter.findUserById(row.value);
    return user && { email: user.email };
  },
} satisfies Record<Kind, (endpoint: GenericEndpointContext, token: string) => Promise<object | null>>;

const wanted = (body: unknown): { kind: Kind; token: string } => {
  const { kind = "confirm", token } = (body ?? {}) as Record<string, unknown>;
  if (typeof token !== "string" || typeof kind !== "string" || !Object.hasOwn(ABOUT, kind)) throw invalid();
  return { kind: kind as Kind, token };
};
