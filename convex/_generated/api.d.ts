/* eslint-disable */
/**
 * Generated `api` utility.
 *
 * THIS CODE IS AUTOMATICALLY GENERATED.
 *
 * To regenerate, run `npx convex dev`.
 * @module
 */

import type * as accountLimits from "../accountLimits.js";
import type * as accountRows from "../accountRows.js";
import type * as auth from "../auth.js";
import type * as bearer from "../bearer.js";
import type * as checkedPassword from "../checkedPassword.js";
import type * as claims from "../claims.js";
import type * as crons from "../crons.js";
import type * as deletion from "../deletion.js";
import type * as earlyToken from "../earlyToken.js";
import type * as emails from "../emails.js";
import type * as environment from "../environment.js";
import type * as guestCleanup from "../guestCleanup.js";
import type * as guests from "../guests.js";
import type * as http from "../http.js";
import type * as links from "../links.js";
import type * as lostRaces from "../lostRaces.js";
import type * as mailJobs from "../mailJobs.js";
import type * as mailRequests from "../mailRequests.js";
import type * as mails from "../mails.js";
import type * as ownership from "../ownership.js";
import type * as rateLimit from "../rateLimit.js";
import type * as secondFactor from "../secondFactor.js";
import type * as sessionCleanup from "../sessionCleanup.js";
import type * as sessionList from "../sessionList.js";
import type * as todos from "../todos.js";
import type * as userFields from "../userFields.js";
import type * as users from "../users.js";

import type {
  ApiFromModules,
  FilterApi,
  FunctionReference,
} from "convex/server";

declare const fullApi: ApiFromModules<{
  accountLimits: typeof accountLimits;
  accountRows: typeof accountRows;
  auth: typeof auth;
  bearer: typeof bearer;
  checkedPassword: typeof checkedPassword;
  claims: typeof claims;
  crons: typeof crons;
  deletion: typeof deletion;
  earlyToken: typeof earlyToken;
  emails: typeof emails;
  environment: typeof environment;
  guestCleanup: typeof guestCleanup;
  guests: typeof guests;
  http: typeof http;
  links: typeof links;
  lostRaces: typeof lostRaces;
  mailJobs: typeof mailJobs;
  mailRequests: typeof mailRequests;
  mails: typeof mails;
  ownership: typeof ownership;
  rateLimit: typeof rateLimit;
  secondFactor: typeof secondFactor;
  sessionCleanup: typeof sessionCleanup;
  sessionList: typeof sessionList;
  todos: typeof todos;
  userFields: typeof userFields;
  users: typeof users;
}>;

/**
 * A utility for referencing Convex functions in your app's public API.
 *
 * Usage:
 * ```js
 * const myFunctionReference = api.myModule.myFunction;
 * ```
 */
export declare const api: FilterApi<
  typeof fullApi,
  FunctionReference<any, "public">
>;

/**
 * A utility for referencing Convex functions in your app's internal API.
 *
 * Usage:
 * ```js
 * const myFunctionReference = internal.myModule.myFunction;
 * ```
 */
export declare const internal: FilterApi<
  typeof fullApi,
  FunctionReference<any, "internal">
>;

export declare const components: {
  betterAuth: import("../betterAuth/_generated/component.js").ComponentApi<"betterAuth">;
  resend: import("@convex-dev/resend/_generated/component.js").ComponentApi<"resend">;
};
