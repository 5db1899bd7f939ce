/**
 * The type of what a store gives: a value as its reader has it, which nobody changes by changing that.
 *
 * Lists and records come frozen and shared. A Map, a Set or a Date is a copy of the reader's own: to write to it changes nobody's value, which
 * is a mistake as well, and the compiler says so. Binary data and patterns are copies too, and stay what they are: who is to read them takes
 * nothing less.
 */

/**
 * A Date of a store's. It may stand wherever a `Date` is taken, but its setters are not to be called: the value in the store would stay as it is.
 *
 * @example
 * const at: FrozenDate = new Date(0)
 * const own = new Date(at)
 * own.setUTCFullYear(2000)
 * own.toISOString() // => "2000-01-01T00:00:00.000Z"
 */
export interface FrozenDate extends Omit<Date, Setter>, Readonly<Record<Setter, (this: never, ...parts: number[]) => number>> {}

type Setter = Extract<keyof Date, `set${string}`>

/** What is one thing to a reader, or is the reader's own. Functions are here for the types alone: a value has none. */
type Whole =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | undefined
  | RegExp
  | ArrayBuffer
  | ArrayBufferView
  | Blob
  | ((...parts: never[]) => unknown)

/** A record or an error, with all that is in it. */
export type FrozenRecord<T> = { readonly [Name in keyof T]: Frozen<T[Name]> }

/** A Map of a store's, with all that is in it. An interface, as a type that contains itself by one is then looked at step by step. */
export interface FrozenMap<Key, Item> extends ReadonlyMap<Frozen<Key>, Frozen<Item>> {}

/** A Set of a store's, with all that is in it. */
export interface FrozenSet<Item> extends ReadonlySet<Frozen<Item>> {}

/**
 * What a store gives of a `Value`: readonly to the bottom. A mutable copy of one's own is `structuredClone(value) as Value`.
 *
 * @example
 * const read: Frozen<{ tags: string[] }> = { tags: ["a"] }
 * const own = structuredClone(read) as { tags: string[] }
 * own.tags.push("b") // => 2
 */
export type Frozen<Value> = Value extends Whole
  ? Value
  : Value extends Date
    ? FrozenDate
    : Value extends readonly (infer Item)[]
      ? IsTuple<Value> extends true
        ? FrozenTuple<Value>
        : readonly Frozen<Item>[]
      : Value extends ReadonlyMap<infer Key, infer Item>
        ? FrozenMap<Key, Item>
        : Value extends ReadonlySet<infer Item>
          ? FrozenSet<Item>
          : Value extends object
            ? FrozenRecord<Value>
            : Value

/** Short ones are said part by part: a tuple that contains itself (an expression, say) would be looked at for ever otherwise. */
type FrozenTuple<Tuple> = Tuple extends readonly [infer A]
  ? readonly [Frozen<A>]
  : Tuple extends readonly [infer A, infer B]
    ? readonly [Frozen<A>, Frozen<B>]
    : Tuple extends readonly [infer A, infer B, infer C]
      ? readonly [Frozen<A>, Frozen<B>, Frozen<C>]
      : Tuple extends readonly [infer A, ...infer Rest]
        ? IsTuple<Rest> extends true
          ? FrozenRecord<Tuple>
          : readonly [Frozen<A>, ...Frozen<Rest[number]>[]]
        : FrozenRecord<Tuple>

/** A list that begins or ends with a part of its own, though it may be left out. */
type IsTuple<List> = Required<List> extends readonly [] | readonly [unknown, ...unknown[]] | readonly [...unknown[], unknown] ? true : false
