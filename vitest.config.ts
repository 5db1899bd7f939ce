import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    reporters: process.env.CI === undefined ? ["default"] : ["default", ["json", { outputFile: ".vitest/results.json" }]],
    testTimeout: 20_000,
  },
})
