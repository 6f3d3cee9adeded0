import importX from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

/** Which rooms, or single files of them, a room may import from; what is not named here may not be imported. */
const ROOMS = {
  events: ["breath.ts", "faces/face.ts", "image/picture.ts", "kept-connections.ts", "pauses.ts", "percent-decoded.ts", "time-limit.ts"], // the schemas that a result's data is made of
  image: ["made-once.ts"],
  storage: ["kept-connections.ts", "made-once.ts", "pauses.ts", "percent-decoded.ts", "secrets.ts", "unfinished.ts", "unless-aborted.ts"],
  faces: ["image", "models", "turns.ts", "unless-aborted.ts"],
  models: [],
  telemetry: ["events", "secrets.ts"],
  server: ["breath.ts", "events", "telemetry", "time-limit.ts", "unless-aborted.ts"],
  sources: ["events", "unfinished.ts"],
  people: ["faces/distance.ts", "faces/engine.ts", "faces/face.ts", "storage/object-store.ts", "time-limit.ts", "turns.ts", "unless-aborted.ts"],
  evaluation: ["faces/distance.ts", "faces/face.ts", "faces/geometry.ts", "image/picture.ts"],
};

const borders = Object.entries(ROOMS).map(([room, allowed]) => ({
  target: `./src/${room}`,
  from: "./src",
  except: [room, ...allowed].map((name) => `./${name}`).concat("./errors.ts"),
  message: `src/${room} may import only ${[room, ...allowed, "errors.ts"].join(", ")}: data goes one way (ARCHITECTURE.md).`,
}));

export default tseslint.config(
  { ignores: ["dist", "node_modules"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { "import-x": importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "import-x/no-restricted-paths": ["error", { zones: borders }],
      "max-lines": ["error", { max: 250 }],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
    },
    settings: { "import-x/resolver": { node: { extensions: [".ts"] }, typescript: {} } },
  },
  { files: ["test/**"], rules: { "@typescript-eslint/no-unsafe-assignment": "off", "@typescript-eslint/no-unsafe-member-access": "off" } },
);
