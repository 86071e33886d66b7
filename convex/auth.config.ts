import { getAuthConfigProvider } from "@convex-dev/better-auth/auth-config";
import type { AuthConfig } from "convex/server";

/** The tokens that the functions accept: those that Better Auth signs in this deployment. */
export default {
  providers: [getAuthConfigProvider()],
} satisfies AuthConfig;
