/**
 * What a definition needs of whoever starts it beside an argument: services of Effect, by their types. For the types alone: at run time they
 * are found in the context that a layer starts the application with.
 *
 * Here and not with Effect, so that a supervisor's definition can say what its children need. Of all else nothing is said, and nothing shown.
 */

declare const NEEDS: unique symbol

/** Whatever needs these. */
export interface Needing<out Needs> {
  /** Never set. */
  readonly [NEEDS]: Needs
}

/** What one of them needs; `never`: nothing. Distributes over a union. */
export type NeedOf<D> = D extends Needing<infer Needs> ? Needs : never

/** To intersect a definition's type with: nothing where there is no need. */
export type WithNeeds<Needs> = [Needs] extends [never] ? unknown : Needing<Needs>
