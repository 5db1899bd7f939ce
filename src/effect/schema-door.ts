/**
 * A Schema of Effect at the door of a server or a store: its standard form, once for each schema, so that a code change finds the same one again.
 *
 * For schemas that need no services. One that is asynchronous is found out when it is first asked: what it judges is `Invalid`.
 */

import * as Schema from "effect/Schema"
import { invalid, shown } from "../kernel/errors.ts"
import { passes } from "../kernel/instance.ts"
import type { StandardSchema } from "../kernel/standard-schema.ts"

/** A Schema that needs nothing to decode: `Type` comes out, `Encoded` goes in. */
export type DoorSchema<Type = unknown, Encoded = unknown> = Schema.Codec<Type, Encoded, never, unknown>

const standards = new WeakMap<object, StandardSchema>()

/** The schema in its standard form. Throws `Invalid`, naming `field`, for what is no Schema of Effect. */
export function standardOf<Type, Encoded>(schema: DoorSchema<Type, Encoded>, field: string): StandardSchema<Encoded, Type> {
  if (!passes(schema, Schema.isSchema)) throw invalid(field, `must be a Schema of Effect; got ${shown(schema)}`)
  const standard = standards.get(schema) ?? Schema.toStandardSchemaV1(schema)
  standards.set(schema, standard)
  return standard as StandardSchema<Encoded, Type>
}
