// `ctx.storage.store()` and `get()` of actions: content goes through the disk, not through the channel.
import fs from "node:fs";

/** Writes a file to the path that Rust names, and Rust takes it from there; returns its id. */
export async function storeBlob(bytes, type, sha256, ask) {
  const { path } = await ask("storage/begin", {});
  await fs.promises.writeFile(path, bytes);
  const contentType = type === "" ? undefined : type;
  const { storageId } = await ask("storage/finish", { path, contentType, sha256 });
  return storageId;
}

/** Returns the path of a file's content, or null if it has been deleted. */
export async function getBlob(storageId, ask) {
  return await ask("storage/get", { storageId });
}

/** Returns the content, or null if it has been deleted since. */
export async function readBlob(file) {
  try {
    return await fs.promises.readFile(file);
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}
