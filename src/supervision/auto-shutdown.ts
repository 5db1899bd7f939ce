/**
 * Whether a supervisor shuts down because significant children have ended by themselves. A pure table.
 *
 * Source  OTP, supervisor(3), "Automatic Shutdown"; supervisor.erl, do_auto_shutdown.
 */

import { invalid, shown } from "../kernel/errors.ts"

/**
 * When a supervisor shuts itself down: never; when a significant child has ended and is not started again; when that was the last
 * significant child that still lived.
 */
export type AutoShutdown = "never" | "any_significant" | "all_significant"

const CHOICES: readonly string[] = ["never", "any_significant", "all_significant"]

/** Throws `Invalid` that names the field. */
export function autoShutdownOf(choice: AutoShutdown | undefined, path: string): AutoShutdown {
  const chosen = choice ?? "never"
  if (!CHOICES.includes(chosen)) throw invalid(`${path}autoShutdown`, `must be one of ${CHOICES.join(", ")}; got ${shown(chosen)}`)
  return chosen
}

/** Asked when a significant child has ended and is not started again; `others`: significant children that live or will live again. */
export function shutsDown(choice: AutoShutdown, others: number): boolean {
  switch (choice) {
    case "never":
      return false
    case "any_significant":
      return true
    case "all_significant":
      return others === 0
  }
}
