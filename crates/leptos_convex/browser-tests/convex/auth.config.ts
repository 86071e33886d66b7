/** Whose tokens the functions accept: those of the `Issuer` of a test, whose keys are made when it starts. */
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
