import type { CommandGroup } from "../command.js";

export const command: CommandGroup = {
  summary: "who is known: enrol, forget and find people in the gallery (GALLERY)",
  commands: {
    list: () => import("./list.js"),
    history: () => import("./history.js"),
    enrol: () => import("./enrol.js"),
    forget: () => import("./forget.js"),
    sync: () => import("./sync.js"),
    rebuild: () => import("./rebuild.js"),
    who: () => import("./who.js"),
    calibrate: () => import("./calibrate.js"),
    export: () => import("./export.js"),
    import: () => import("./import.js"),
  },
};
