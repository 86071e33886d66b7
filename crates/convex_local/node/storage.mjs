// `ctx.storage.store()` and `get()` of actions: content goes through the disk, past the channel.
import fs from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Writes a blob where Rust says, which then takes it from there; answers its id. */
export async function storeBlob({ blob, options }, ask) {
  if (!(blob instanceof Blob)) throw new Error("storage.store() takes a Blob");
  const { path } = await ask("storage/begin", {});
  await pipeline(Readable.fromWeb(blob.stream()), fs.createWriteStream(path));
  const contentType = blob.type === "" ? undefined : blob.type;
  const { storageId } = await ask("storage/finish", { path, contentType, sha256: options?.sha256 });
  return storageId;
}

/** The content of a file, or null when it has been deleted. */
export async function getBlob({ storageId }, ask) {
  const file = await ask("storage/get", { storageId });
  if (file === null) return null;
  const type = file.contentType ?? "";
  try {
    return new Blob([await fs.promises.readFile(file.path)], { type });
  } catch (error) {
    // Deleted since it was asked for.
    if (error.code === "ENOENT") return null;
    throw error;
  }
}
