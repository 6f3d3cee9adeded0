import { tests } from "./campaign.js";
import { NOTIFICATION } from "./notification.js";

describe("a notification, whatever it looks like", () => tests(NOTIFICATION));
