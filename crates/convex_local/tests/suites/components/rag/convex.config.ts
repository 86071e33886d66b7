import { defineApp } from "convex/server";
import component from "@convex-dev/rag/convex.config.js";

const app = defineApp();
app.use(component);

export default app;
