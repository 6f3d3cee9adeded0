/** Loaded into a real process by `--import`: its STS is on loopback. */
import { redirectSts } from "./sts-server.js";

redirectSts(Number(process.env.TEST_STS_PORT));
