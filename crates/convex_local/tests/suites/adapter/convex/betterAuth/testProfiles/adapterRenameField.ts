export * from "../../../../../../../node_modules/@convex-dev/better-auth/src/component/testProfiles/adapterRenameField";

// Better Auth takes long to load, and its modules keep nothing between calls.
export const experimental_reuseContext = true;
