import { tests } from "./campaign.js";
import { PICTURES } from "./pictures.js";

describe("a picture, however damaged", () => tests(PICTURES));
