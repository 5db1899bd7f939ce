/** The packages that an application as data needs beside this one: all that are missing are named at once, with what installs them. */

import { extname } from "node:path"
import { invalid } from "../actors/index.ts"

/** Errors  Invalid. */
export function checkPeers(files: readonly string[]): void {
  const isYaml = files.some((file) => [".yaml", ".yml"].includes(extname(file).toLowerCase()))
  const missing = ["effect", ...(isYaml ? ["yaml"] : [])].filter((name) => !isInstalled(name))
  if (missing.length === 0) return
  const what = missing.length === 1 ? "a package that is not installed" : "packages that are not installed"
  throw invalid(missing.join(" and "), `must be there: ${what}, and needed for ${files.join(", ")}: npm install ${missing.join(" ")}`)
}

/** As this program would find it. */
function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(name)
    return true
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")
  }
}
