import { cronJobs } from "convex/server";
import { internal } from "./_generated/api";

const crons = cronJobs();

crons.interval("forget sent mails", { hours: 1 }, internal.emails.forgetSentMails, {});
crons.interval("forget ended sessions", { hours: 1 }, internal.sessionCleanup.forgetEnded, {});
crons.interval("forget ended limits", { minutes: 5 }, internal.rateLimit.forgetEnded, {});
crons.interval("remove guests who never came back", { hours: 24 }, internal.guestCleanup.removeStale, {}); // guest

export default crons;
