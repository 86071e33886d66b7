// `ctx.storage.store()` and `get()` of actions.
"use strict";
(function ({ later, use }) {

  async function storeBlob({ blob, options }) {
    const { Blob } = use("blob");
    if (!(blob instanceof Blob)) throw new Error("storage.store() takes a Blob");
    const bytes = new Uint8Array(await blob.arrayBuffer());
    return await later("storeBlob", bytes, blob.type, options?.sha256);
  }

  async function getBlob({ storageId }) {
    const found = JSON.parse(await later("findBlob", `${storageId}`));
    const bytes = found === null ? null : await later("readBlob", found.file);
    // It may have been deleted since it was asked for.
    if (bytes === null) return null;
    const { Blob } = use("blob");
    return new Blob([bytes], { type: found.contentType ?? "" });
  }

  return { storeBlob, getBlob };
});
