// The published adapter suite skips itself below Node.js 24 because of a syntax. Vite translates it for every version.
const [major] = process.versions.node.split(".");
if (Number(major) < 24) Object.defineProperty(process.versions, "node", { value: "24.0.0" });
