export * from "../../../../../../node_modules/@convex-dev/better-auth/src/component/testTriggerHandlers";
