/** Which of the browsers are installed. */
export const installed: { firefox: boolean; webkit: boolean };
/** Walks the main path on the server at `site`. */
export function firefox(site: string): Promise<void>;
export function webkit(site: string): Promise<void>;
