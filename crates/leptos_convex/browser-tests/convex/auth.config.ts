/** The accepted tokens: those of a test's `Issuer`, whose keys are made when it starts. */
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
