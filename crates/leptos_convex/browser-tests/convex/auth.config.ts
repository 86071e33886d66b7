/** Accepts the tokens of a test's `Issuer`, which makes its keys when it starts. */
export default {
  providers: [
    {
      type: "customJwt",
      issuer: "https://issuer.example",
      jwks: `data:application/json;base64,${btoa(process.env.ISSUER_JWKS ?? '{"keys":[]}')}`,
      algorithm: "ES256",
      applicationID: "conformance",
    },
  ],
};
