/** A wait that can be cut short. */

/** Resolves after so many ms, or once it is aborted; does not keep the program alive. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const over = (): void => {
      clearTimeout(timer)
      signal.removeEventListener("abort", over)
      resolve()
    }
    const timer = setTimeout(over, ms).unref()
    signal.addEventListener("abort", over)
  })
}
