export const CLIENT_ID: string;
export const CLIENT_SECRET: string;
export const UNCONFIRMED: string;
export interface Grant {
  login: string;
  clientId: string;
  redirectUri: string;
}
export function writeCode(grant: Grant): string;
export function readCode(code: string): Grant;
