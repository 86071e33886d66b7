import { PersistentTextStreaming, type StreamId } from "@convex-dev/persistent-text-streaming";
import { componentsGeneric, httpActionGeneric, httpRouter } from "convex/server";

const streaming = new PersistentTextStreaming(componentsGeneric().persistentTextStreaming as any);
const http = httpRouter();

http.route({
  path: "/stream",
  method: "POST",
  handler: httpActionGeneric(async (ctx, request) => {
    const { streamId } = (await request.json()) as { streamId: string };
    return await streaming.stream(ctx as any, request, streamId as StreamId, async (_ctx, _request, _id, append) => {
      for (const part of ["Once upon a time. ", "There was a stream. ", "The end."]) {
        await append(part);
        await new Promise((done) => setTimeout(done, 20));
      }
    });
  }),
});

export default http;
