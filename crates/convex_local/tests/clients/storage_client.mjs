// File storage as an app uses it: npm `convex`, and `fetch` as browsers have it.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ConvexHttpClient } from "convex/browser";
import { anyApi } from "convex/server";

const { url } = JSON.parse(process.argv[2]);
const client = new ConvexHttpClient(url, { logger: false });
const { files } = anyApi;

const content = "0123456789".repeat(300_000);
const hash = createHash("sha256").update(content).digest();
const sha256 = hash.toString("base64");
const post = (to, body, headers) => fetch(to, { method: "POST", headers, body });

// Upload.
const uploadUrl = await client.mutation(files.uploadUrl, {});
assert(uploadUrl.startsWith(`${url}/api/storage/upload?token=`));
const uploaded = await post(uploadUrl, content, {
  "content-type": "text/plain; charset=utf-8",
  digest: `sha-256=${sha256}`,
  origin: "http://localhost:5173",
});
assert.equal(uploaded.status, 200);
assert.equal(uploaded.headers.get("access-control-allow-origin"), "http://localhost:5173");
const { storageId } = await uploaded.json();
assert.equal((await post(uploadUrl, "other", { digest: `sha-256=${sha256}` })).status, 400);
assert.equal((await post(`${uploadUrl}x`, "other")).status, 401);
assert.equal((await post(`${url}/api/storage/upload`, "other")).status, 400);

// What functions see of the file.
const row = await client.query(files.row, { id: storageId });
assert.deepEqual(Object.keys(row).sort(), ["_creationTime", "_id", "contentType", "sha256", "size"]);
assert.equal(row.sha256, sha256);
assert.equal(row.size, content.length);
assert.equal(row.contentType, "text/plain; charset=utf-8");
assert.deepEqual(await client.query(files.rows, {}), [storageId]);
assert.deepEqual(await client.query(files.metadata, { id: storageId }), {
  storageId,
  sha256: hash.toString("hex"),
  size: content.length,
  contentType: "text/plain; charset=utf-8",
});

// Download.
const address = await client.query(files.url, { id: storageId });
assert(!address.includes(storageId));
const whole = await fetch(address);
assert.equal(await whole.text(), content);
assert.equal(whole.headers.get("content-type"), "text/plain; charset=utf-8");
assert.equal(whole.headers.get("digest"), `sha-256=${sha256}`);
const etag = whole.headers.get("etag");
const part = await fetch(address, { headers: { range: "bytes=5-9" } });
assert.equal(part.status, 206);
assert.equal(part.headers.get("content-range"), `bytes 5-9/${content.length}`);
assert.equal(await part.text(), "56789");
assert.equal((await fetch(address, { headers: { range: `bytes=${content.length}-` } })).status, 416);
assert.equal((await fetch(address, { headers: { "if-none-match": etag } })).status, 304);
const head = await fetch(address, { method: "HEAD" });
assert.equal(head.headers.get("content-length"), String(content.length));

// Deleting is part of the transaction.
await assert.rejects(client.mutation(files.remove, { id: storageId, butFail: true }), /changed my mind/);
assert.equal((await fetch(address)).status, 200);
assert.equal(await client.mutation(files.remove, { id: storageId }), null);
assert.equal((await fetch(address)).status, 404);
assert.equal(await client.query(files.url, { id: storageId }), null);
assert.equal(await client.query(files.row, { id: storageId }), null);
await assert.rejects(client.mutation(files.remove, { id: storageId }), /storage id \w+ not found/);

// Actions.
const made = await client.action(files.makeAndRead, { text: "a,b" });
assert.deepEqual([made.type, made.text], ["text/csv", "a,b"]);
assert.equal(await (await fetch(made.url)).text(), "a,b");
await assert.rejects(client.action(files.makeWrong, {}), /Sha256 mismatch/);
assert.deepEqual(await client.query(files.rows, {}), [made.id]);
assert.equal(await client.action(files.removeInAction, { id: made.id }), null);

// What somebody uploads does not run as a page of this origin.
for (const type of ["text/html", "text/xsl", "image/png, text/html", "multipart/x-mixed-replace; boundary=x"]) {
  const page = await post(uploadUrl, "<script>1</script>", { "content-type": type });
  const pageUrl = await client.query(files.url, { id: (await page.json()).storageId });
  assert.equal((await fetch(pageUrl)).headers.get("content-security-policy"), "sandbox", type);
}

// Bad input.
assert.equal((await fetch(`${url}/api/storage/${storageId}`)).status, 400);
assert.equal((await fetch(`${url}/api/storage/00000000-0000-4000-8000-000000000000`)).status, 404);
const note = await client.mutation(anyApi.notes.add, { text: "no file" });
await assert.rejects(client.query(files.url, { id: note }), /_storage/);
