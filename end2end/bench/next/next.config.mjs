/** Keeps Next.js inside this folder, and its name out of the headers. */
export default {
  turbopack: { root: import.meta.dirname },
  poweredByHeader: false,
};
