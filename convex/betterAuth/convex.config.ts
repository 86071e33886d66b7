import { defineComponent } from "convex/server";

/** Better Auth's tables and their access functions, as a component of its own. */
const component = defineComponent("betterAuth");

export default component;
