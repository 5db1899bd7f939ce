/** A disk of a megabyte, which is gone at the end of the test. */

import { spawnSync } from "node:child_process"
import { mkdirSync } from "node:fs"
import { onTestFinished } from "vitest"

/** `undefined` where none may be mounted. */
export function smallDisk(at: string): string | undefined {
  mkdirSync(at)
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "pigeonhole", at]).status !== 0) return undefined
  onTestFinished(() => void spawnSync("umount", [at]))
  return at
}
