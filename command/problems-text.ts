/** What is wrong with a configuration, all of it: an error's own message ends after the first twenty. */

import type { Problem } from "../actors/config.ts"
import { PigeonholeError } from "../actors/index.ts"

export function problemsText(error: unknown): string {
  if (!(error instanceof PigeonholeError)) return error instanceof Error ? error.message : String(error)
  const { problems } = error.details as { readonly problems?: readonly Problem[] }
  if (problems === undefined || problems.length < 2) return error.message
  return [`${problems.length} things are wrong:`, ...problems.map(({ message }) => message)].join("\n  ")
}
