/** What became of a promise, readable without waiting for it. */

export interface Watched {
  state: "pending" | "fulfilled" | "rejected"
  value: unknown
  error: unknown
}

export function watch(promise: PromiseLike<unknown>): Watched {
  const watched: Watched = { state: "pending", value: undefined, error: undefined }
  promise.then(
    (value) => Object.assign(watched, { state: "fulfilled", value }),
    (error) => Object.assign(watched, { state: "rejected", error }),
  )
  return watched
}
