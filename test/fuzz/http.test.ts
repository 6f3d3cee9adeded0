import { tests } from "./campaign.js";
import { HTTP } from "./http.js";

describe("the HTTP surface, whoever asks", () => tests(HTTP));
