import { RAG } from "@convex-dev/rag";
import { actionGeneric, componentsGeneric } from "convex/server";
import { v } from "convex/values";

const WORDS = ["tea", "coffee", "bread", "river"];

/** Counts words: texts with the same words are near one another. */
const model = {
  specificationVersion: "v4",
  provider: "test",
  modelId: "words",
  maxEmbeddingsPerCall: 100,
  supportsParallelCalls: true,
  doEmbed: async ({ values }: { values: string[] }) => ({
    embeddings: values.map((text) => {
      const counts = WORDS.map((word) => text.toLowerCase().split(word).length - 1);
      return [...counts, 0.01, ...Array.from({ length: 123 }, () => 0)];
    }),
    usage: { tokens: 1 },
    warnings: [],
  }),
};

const rag = new RAG(componentsGeneric().rag as any, { textEmbeddingModel: model as any, embeddingDimension: 128 });

export const add = actionGeneric({
  args: { key: v.string(), text: v.string() },
  handler: async (ctx, { key, text }): Promise<string> =>
    (await rag.add(ctx as any, { namespace: "all", key, text })).status,
});

export const search = actionGeneric({
  args: { query: v.string() },
  handler: async (ctx, { query }): Promise<string[]> => {
    const { entries } = await rag.search(ctx as any, { namespace: "all", query, limit: 1 });
    return entries.map((entry) => entry.key ?? "");
  },
});
