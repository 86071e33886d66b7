// The data that the tests and the fake Resend share.

export const RESEND_API_KEY = "re_end2end";
export const EMAIL_FROM = "App <hello@app.example>";
