// The messages of the live connection, as the browser sends and receives them.

import type { Page } from "@playwright/test";

/** A message of Convex's sync protocol. */
export interface Message {
  type: string;
  [field: string]: unknown;
}

/** The messages of the page's WebSockets. */
export interface Frames {
  sent: Message[];
  received: Message[];
}

/** Follows the WebSockets the page opens from now on. */
export async function followFrames(page: Page): Promise<Frames> {
  const frames: Frames = { sent: [], received: [] };
  const cdp = await page.context().newCDPSession(page);
  cdp.on("Network.webSocketFrameSent", ({ response }) => add(frames.sent, response));
  cdp.on("Network.webSocketFrameReceived", ({ response }) => add(frames.received, response));
  await cdp.send("Network.enable");
  return frames;
}

const TEXT = 1;

function add(messages: Message[], { opcode, payloadData }: { opcode: number; payloadData: string }): void {
  if (opcode === TEXT) messages.push(JSON.parse(payloadData) as Message);
}

/** Returns whether a transition with the value of a query has arrived. */
export const hasValues = ({ received }: Frames): boolean =>
  received.some(({ type, modifications }) => type === "Transition" && Array.isArray(modifications) && modifications.length > 0);
