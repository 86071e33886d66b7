export const RESEND_API_KEY: string;
export const EMAIL_FROM: string;
export interface SentMail {
  from: string;
  to: string[];
  subject: string;
  text?: string;
}
