import { Agent, createThread, listMessages, mockModel } from "@convex-dev/agent";
import { actionGeneric, componentsGeneric, mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";

const components = componentsGeneric() as any;
const agent = new Agent(components.agent, {
  name: "Guide",
  instructions: "Answer in one sentence.",
  languageModel: mockModel({ content: [{ type: "text", text: "The river runs north." }] } as any),
} as any);

export const start = mutationGeneric({
  args: {},
  handler: (ctx) => createThread(ctx as any, components.agent, { title: "A talk" }),
});

export const ask = actionGeneric({
  args: { threadId: v.string(), prompt: v.string() },
  handler: async (ctx, { threadId, prompt }): Promise<string> =>
    (await agent.generateText(ctx as any, { threadId }, { prompt } as any)).text,
});

export const messages = queryGeneric({
  args: { threadId: v.string() },
  handler: async (ctx, { threadId }) => {
    const paginationOpts = { cursor: null, numItems: 10 };
    const { page } = await listMessages(ctx as any, components.agent, { threadId, paginationOpts });
    return page.map(({ message, text }: any) => `${message?.role}: ${text}`).reverse();
  },
});
