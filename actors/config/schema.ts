/** The whole format: what a document is, and which kinds of entries there are. What decodes and the JSON Schema for editors are made of the same. */

import * as Schema from "effect/Schema"
import { ownKinds, Policy, Principal, Scope, Supervision } from "./schema-own.ts"
import { optional, Text } from "./schema-parts.ts"
import { specificationKinds } from "./schema-specification.ts"

/** The first is the only one there is. */
const Version = Schema.Union([Schema.Literal(1), Schema.String.check(Schema.isPattern(/^1(?:\.\d+)*$/u))]).annotate({
  expected: 'a version of the format: "1.0"',
})

const documentOf = <Entries extends Schema.Constraint>(entries: Entries) =>
  Schema.Struct({
    $schema: optional(Schema.String),
    version: optional(Version),
    namespace: optional(Text),
    ...Supervision,
    principal: optional(Principal),
    entries,
    policies: optional(Schema.Array(Policy)),
    scopes: optional(Schema.Array(Scope)),
  })

/** Entries are looked at one by one, each by its kind. */
const Apart = Schema.Array(Schema.Unknown).annotate({ expected: "a list of entries" })

export const Document = documentOf(Apart)

const OWN = ownKinds(Apart)

/** By kind: what is decoded. */
export const KINDS = { ...specificationKinds, ...OWN }

export type Kind = keyof typeof KINDS

/** An entry of one of the kinds, as it was decoded. */
export type Decoded<K extends Kind = Kind> = { readonly [Name in K]: (typeof KINDS)[Name]["Type"] }[K]

export const KIND_NAMES = Object.keys(KINDS) as readonly Kind[]

export function isKind(text: string | undefined): text is Kind {
  return text !== undefined && Object.hasOwn(KINDS, text)
}

/** The same as one schema, in which supervisors have entries again. */
export function wholeDocument(): Schema.Constraint {
  const entry: Schema.Codec<unknown> = Schema.suspend((): Schema.Codec<unknown> => entries) as Schema.Codec<unknown>
  const children = Schema.Array(entry).annotate({ identifier: "Entries" })
  const entries: Schema.Codec<unknown> = Schema.Union([
    ...Object.values(specificationKinds),
    ...Object.values(ownKinds(children)),
  ]).annotate({
    identifier: "Entry",
  }) as Schema.Codec<unknown>
  return documentOf(children)
}
