/**
 * The leaves that all kinds of entries are made of. Each says what it expects in words that follow "must be": the decoder's messages and the JSON Schema
 * take them from here.
 */

import type * as EffectSchema from "effect/Schema"
import { CheckedSchema as Schema } from "./peers.ts"
import { DURATION, SIZE } from "./units.ts"

/** Text that is not empty. */
export const Text = Schema.String.check(Schema.isMinLength(1, { expected: "text that is not empty" }))

export const Flag = Schema.Boolean.annotate({ expected: "true or false" })

export const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)).annotate({ expected: "a whole number from 0", identifier: "Count" })

export const FromOne = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)).annotate({
  expected: "a whole number from 1",
  identifier: "FromOne",
})

export const Factor = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(1)).annotate({ expected: "a number from 1", identifier: "Factor" })

export const Share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })).annotate({
  expected: "a number from 0 to 1",
  identifier: "Share",
})

/** A number is milliseconds. */
export const Duration = Schema.Union([
  Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)),
  Schema.String.check(Schema.isPattern(DURATION)),
]).annotate({
  expected: 'a duration such as "500ms", "10s", "5m" or "1h30m", or a number of ms from 0',
  identifier: "Duration",
})

/** A number is bytes. */
export const Size = Schema.Union([
  Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
  Schema.String.check(Schema.isPattern(SIZE)),
]).annotate({
  expected: 'a size such as "64MB" or "64MiB", or a number of bytes from 1',
  identifier: "Size",
})

export const Texts = Schema.Array(Text)

export const Patterns = Schema.Union([Text, Texts.check(Schema.isMinLength(1))]).annotate({
  expected: "a pattern or a list of patterns",
  identifier: "Patterns",
})

/** A table of values that nobody here knows: a process's argument, what is known of a principal. */
export const Free = Schema.Record(Schema.String, Schema.Unknown).annotate({ expected: "an object" })

export const oneOf = <const Names extends readonly [string, ...string[]]>(...names: Names): EffectSchema.Literals<Names> =>
  Schema.Literals(names)

/** The fourteen. */
export const Operator = oneOf(
  ...(["eq", "ne", "lt", "gt", "lte", "gte", "in"] as const),
  ...(["nin", "exists", "nexists", "contains", "ncontains", "matches", "nmatches"] as const),
)

export const optional = <S extends EffectSchema.Top>(schema: S): EffectSchema.optionalKey<S> => Schema.optionalKey(schema)
