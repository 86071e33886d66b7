import { defineApp } from "convex/server";
import workflow from "@convex-dev/workflow/convex.config.js";
import workpool from "@convex-dev/workpool/convex.config.js";

const app = defineApp();
// The workflow brings a workpool of its own.
app.use(workpool);
app.use(workflow);

export default app;
