/**
 * Tries again what may come right by itself, for so long. It goes by the host's clock, as what it waits for does: another program, that is being started.
 */

import { setTimeout } from "node:timers/promises"
import { PigeonholeError } from "../../src/index.ts"

const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 1000

/**
 * What `attempt` gives; throws what it failed with at last, or in a way that no waiting helps. It is tried once at least, and not again once `signal` is aborted: nobody
 * wants it any more.
 */
export async function patiently<Result>(limitMs: number, attempt: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
  const end = performance.now() + limitMs
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    try {
      return await attempt()
    } catch (error) {
      const leftMs = end - performance.now()
      if (leftMs <= 0 || signal?.aborted === true || !(error instanceof PigeonholeError && error.retryable)) throw error
      await setTimeout(Math.min(waitMs, leftMs), undefined, signal && { signal }).catch(() => {
        throw error
      })
    }
  }
}
