/** For Vitest as a user runs it, over what stands here: a test may take no time at all, but where it says otherwise. */

import { defineConfig } from "vitest/config"
import project from "../../../vitest.config.ts"

export default defineConfig({
  ...project,
  root: import.meta.dirname,
  test: { include: ["*.simulated.ts"], testTimeout: 1, expect: { requireAssertions: true } },
})
