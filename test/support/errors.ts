/** What a refusal says: the field it names, and its kind. */

import { Invalid, PigeonholeError } from "../../actors/index.ts"

/** The field that the `Invalid` thrown by `action` names. */
export function fieldOf(action: () => unknown): string | undefined {
  try {
    action()
  } catch (error) {
    if (error instanceof Invalid) return error.details.field
    throw error
  }
  throw new Error("nothing was thrown")
}

/** The error a promise rejects with, which must be one of ours. */
export async function refusal(answer: Promise<unknown>): Promise<PigeonholeError> {
  const outcome = await answer.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if ("error" in outcome && outcome.error instanceof PigeonholeError) return outcome.error
  throw new Error(`expected a PigeonholeError; got ${JSON.stringify(outcome)}`)
}
