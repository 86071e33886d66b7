// `ctx.storage.store()` and `get()` of actions: content goes through the disk, past the channel.
import fs from "node:fs";

/** Writes a file where Rust says, which then takes it from there; answers its id. */
export async function storeBlob(bytes, type, sha256, ask) {
  const { path } = await ask("storage/begin", {});
  await fs.promises.writeFile(path, bytes);
  const contentType = type === "" ? undefined : type;
  const { storageId } = await ask("storage/finish", { path, contentType, sha256 });
  return storageId;
}

/** Where the content of a file is, or null when it has been deleted. */
export async function getBlob(storageId, ask) {
  return await ask("storage/get", { storageId });
}

/** The content, or null when it has been deleted since. */
export async function readBlob(file) {
  try {
    return await fs.promises.readFile(file);
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}
