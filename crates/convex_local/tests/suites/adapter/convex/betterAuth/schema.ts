export { default } from "../../../../../../node_modules/@convex-dev/better-auth/src/component/testProfiles/schema.profile-plugin-table";
