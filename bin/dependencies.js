#!/usr/bin/env node
// Lists what is installed in production, by licence, from the lock file: docs/dependencies.md. `--check` compares only.
import { readFileSync, writeFileSync } from "node:fs";

const root = new URL("../", import.meta.url);
const file = new URL("docs/dependencies.md", root);

/** What may be distributed with an Apache-2.0 program; the LGPL as libraries of their own, which can be replaced. */
const ALLOWED = new Set(["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "ISC", "LGPL-3.0", "LGPL-3.0-or-later", "MIT", "(MIT OR CC0-1.0)", "Apache-2.0 AND LGPL-3.0-or-later", "Apache-2.0 AND LGPL-3.0-or-later AND MIT"]);
/** Packages that name their licence in a form that npm does not read. */
const KNOWN = { "json-bignum": "MIT" };

const lock = JSON.parse(readFileSync(new URL("package-lock.json", root), "utf8"));
const direct = new Set(Object.keys(lock.packages[""].dependencies));
const byLicence = new Map();
for (const [path, entry] of Object.entries(lock.packages)) {
  if (path === "" || entry.dev || entry.devOptional || entry.peer) continue;
  const name = entry.name ?? path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
  const stated = Array.isArray(entry.license) ? entry.license[0] : entry.license;
  const licence = (typeof stated === "string" ? stated : stated?.type) ?? KNOWN[name] ?? "none";
  if (!ALLOWED.has(licence)) throw new Error(`${name} ${entry.version}: its licence (${licence}) is not among those allowed`);
  const shown = `${direct.has(name) && path === `node_modules/${name}` ? `**${name}**` : name} ${entry.version}`;
  byLicence.set(licence, (byLicence.get(licence) ?? new Set()).add(shown));
}

const count = [...byLicence.values()].reduce((sum, packages) => sum + packages.size, 0);
const plain = (text) => text.replaceAll("*", "");
const sections = [...byLicence]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([licence, packages]) => `## ${licence}\n${[...packages].sort((a, b) => (plain(a) < plain(b) ? -1 : 1)).join(", ")}\n`);
const text = `# What is installed in production
${direct.size} packages that we name (in bold) and what they need: ${count} with the binaries of all platforms. Made from the lock file by \`node bin/dependencies.js\`; a test compares it. The image has what is in it as \`sbom.cdx.json\` (CycloneDX); \`npm sbom --omit=dev\` in a checkout leaves out what development needs, too.

${sections.join("\n")}`;

if (!process.argv.includes("--check")) writeFileSync(file, text);
else if (readFileSync(file, "utf8") !== text) {
  process.stderr.write("docs/dependencies.md is not what the lock file says: run node bin/dependencies.js\n");
  process.exitCode = 1;
}
