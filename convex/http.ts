import { httpRouter } from "convex/server";
import { authComponent, createAuth } from "./auth";

const http = httpRouter();

authComponent.registerRoutes(http, createAuth);

export default http;

/** Nothing in this module changes after it is loaded, so calls may share the loaded module. */
export const experimental_reuseContext = true;
