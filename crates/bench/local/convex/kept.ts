// The same functions in contexts that are kept for the next call, which modules can opt in to.

export { bump, read } from "./items";

export const experimental_reuseContext = true;
