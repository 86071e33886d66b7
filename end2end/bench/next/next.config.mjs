/** Nothing but what keeps Next.js inside this folder. */
export default {
  turbopack: { root: import.meta.dirname },
  poweredByHeader: false,
};
