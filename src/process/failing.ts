/**
 * What a call may fail with by its own doing, in the types: errors that its handler declares, as an Effect does. Plain callers get them as rejections, whose
 * types say nothing; callers in Effect have them in theirs. For the types alone.
 */

declare const FAILS: unique symbol

/** Whatever fails with these. */
export interface Failing<out Errors> {
  /** Never set. */
  readonly [FAILS]: Errors
}

/** What it fails with; `never`: it says nothing. */
export type FailureOf<Call> = Call extends Failing<infer Errors> ? Errors : never

/** To intersect the type of a call with: nothing where it says nothing. */
export type WithFailures<Errors> = [Errors] extends [never] ? unknown : Failing<Errors>
