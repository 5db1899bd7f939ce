/** fast-check as all tests have it: `vitest.config.ts` gives them this. Who has no property loads none of it. */

import fc from "fast-check"
import "./property-size.ts"
import "./property-counterexamples.ts"

export * from "fast-check"
export default fc
