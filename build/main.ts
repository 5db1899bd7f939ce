/** A program: makes `dist/` anew. */

import { rmSync } from "node:fs"
import { join } from "node:path"
import { bundleDeclarations, bundleJavaScript, ENTRY_POINTS, PROGRAMS } from "./bundle.ts"

const root = join(import.meta.dirname, "..")
const to = join(root, "dist")
rmSync(to, { recursive: true, force: true })
const options = { root, to, entries: ENTRY_POINTS, programs: PROGRAMS, sources: ["src", "actors"] }
await bundleJavaScript(options)
await bundleDeclarations(options)
