/** The Node that a command needs: an older one would start, and fail later over a function that it has not. */

import { invalid } from "../actors/index.ts"
import manifest from "../package.json" with { type: "json" }

/** Errors  Invalid, for an older one than the manifest asks for. */
export function checkNode(running: string): void {
  const needed = manifest.engines.node.replace(/^\D+/, "")
  if (!isOlder(running, needed)) return
  throw invalid("node", `must be ${needed} or later; this is ${running}`)
}

function isOlder(running: string, needed: string): boolean {
  const [major = 0, minor = 0] = numbersOf(running)
  const [neededMajor = 0, neededMinor = 0] = numbersOf(needed)
  return major < neededMajor || (major === neededMajor && minor < neededMinor)
}

function numbersOf(version: string): readonly number[] {
  return version.split(".").map(Number)
}
