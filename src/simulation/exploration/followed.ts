/** What the application does of itself (its scenario, its start, its stop), followed to its outcome. */

/** `undefined`: it has none yet. */
export interface Followed {
  outcome: { readonly value: unknown } | { readonly error: unknown } | undefined
}

/** Begins it by `begin`, which says in whose name it is done; one that throws has failed. */
export function followed(begin: (work: () => Promise<unknown>) => Promise<unknown>, work: () => unknown): Followed {
  const it: Followed = { outcome: undefined }
  begin(async () => work()).then(
    (value) => (it.outcome = { value }),
    (error) => (it.outcome = { error }),
  )
  return it
}
