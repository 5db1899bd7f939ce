import { fileURLToPath } from "node:url"
import type { Plugin } from "vite"
import { defineConfig } from "vitest/config"
import { LongestFirst } from "./test/house/longest-first.ts"

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

// Some hundred workers, threads and programs load the same files: Node keeps what it has compiled of them.
process.env.NODE_COMPILE_CACHE ??= source(".vitest/compiled")

/** What the house makes of fast-check has fast-check itself. */
const properties: Plugin = {
  name: "properties",
  enforce: "pre",
  resolveId: (specifier, importer = "") =>
    specifier === "fast-check" && !importer.startsWith(source("test/house/")) ? source("test/house/fast-check.ts") : undefined,
}

export default defineConfig({
  plugins: [properties],
  // Tests and examples name the package as its users do; here that is the source.
  resolve: {
    alias: [
      { find: /^pigeonhole$/, replacement: source("actors/index.ts") },
      { find: /^pigeonhole\/durable$/, replacement: source("actors/durable.ts") },
      { find: /^pigeonhole\/express-session$/, replacement: source("actors/express-session/express-session.ts") },
      { find: /^pigeonhole\/keyv$/, replacement: source("actors/keyv/keyv.ts") },
      { find: /^pigeonhole\/rate-limit$/, replacement: source("actors/rate-limit/rate-limit.ts") },
      { find: /^pigeonhole\/unstorage$/, replacement: source("actors/unstorage/unstorage.ts") },
      { find: /^pigeonhole\/config$/, replacement: source("actors/config.ts") },
      { find: /^pigeonhole\/effect$/, replacement: source("actors/effect.ts") },
      { find: /^pigeonhole\/effect\/persistence$/, replacement: source("actors/effect-persistence.ts") },
      { find: /^pigeonhole\/opentelemetry$/, replacement: source("src/opentelemetry.ts") },
      { find: /^pigeonhole\/telemetry$/, replacement: source("src/telemetry.ts") },
      { find: /^pigeonhole\/simulation$/, replacement: source("actors/simulation.ts") },
      { find: /^pigeonhole\/simulation\/vitest$/, replacement: source("actors/simulation-vitest.ts") },
      { find: /^pigeonhole\/testing$/, replacement: source("actors/testing.ts") },
      { find: /^pigeonhole\/xstate$/, replacement: source("src/xstate.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    reporters: process.env.CI === undefined ? ["default"] : ["default", ["json", { outputFile: ".vitest/results.json" }]],
    testTimeout: 20_000,
    // Elsewhere Vitest knows what took how long, and what has failed.
    ...(process.env.CI === undefined ? {} : { sequence: { sequencer: LongestFirst } }),
    // Tests wait for other programs much of their time: half of the processors would.
    maxWorkers: "100%",
  },
})
