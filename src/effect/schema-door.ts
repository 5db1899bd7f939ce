/**
 * A Schema of Effect at the door of a server or a store: its standard form, once for each schema, so that a code change finds the same one again.
 *
 * For schemas that need no services. One that is asynchronous, or asks for a service all the same, is found out when it is first asked: what it judges is
 * `Invalid`.
 */

import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import { invalid, shown } from "../kernel/errors.ts"
import { passes } from "../kernel/instance.ts"
import type { SchemaInput, SchemaOutput, StandardSchema } from "../kernel/standard-schema.ts"

/** A Schema that needs nothing to decode: `Type` comes out, `Encoded` goes in. */
export type DoorSchema<Type = unknown, Encoded = unknown> = Schema.Codec<Type, Encoded, never, unknown>

/** What may stand at a door: a Schema of Effect as it is, or any Standard Schema. */
export type AnySchema = DoorSchema | StandardSchema<unknown, unknown>

interface Coded<out Type, out Encoded> {
  readonly Type: Type
  readonly Encoded: Encoded
}

/** What a schema at a door takes. */
export type DoorInput<D> = D extends Coded<unknown, infer Encoded> ? Encoded : SchemaInput<D>

/** What it gives. */
export type DoorOutput<D> = D extends Coded<infer Type, unknown> ? Type : SchemaOutput<D>

/** Its standard form, in the types. */
export type StandardOf<D> = D extends Coded<infer Type, infer Encoded> ? StandardSchema<Encoded, Type> : D

const standards = new WeakMap<object, StandardSchema>()

/** The schema in its standard form. Throws `Invalid`, naming `field`, for what is no Schema of Effect, or one of another copy of it. */
export function standardOf<Type, Encoded>(schema: DoorSchema<Type, Encoded>, field: string): StandardSchema<Encoded, Type> {
  if (!passes(schema, Schema.isSchema)) throw invalid(field, `must be a Schema of Effect; got ${shown(schema)}`)
  // Its checks would be taken for none, or for failed ones: 2 is then no integer.
  if (isForeign(schema)) throw invalid(field, "is a Schema of another copy of effect: npm ls effect shows both")
  const standard = standards.get(schema) ?? Schema.toStandardSchemaV1(schema)
  standards.set(schema, standard)
  return standard as StandardSchema<Encoded, Type>
}

/** Whether it is made of a node that the Effect that is loaded here has by that name, and by another class. */
function isForeign({ ast }: DoorSchema): boolean {
  const made: unknown = Reflect.get(SchemaAST, ast._tag)
  return typeof made === "function" && !(ast instanceof made)
}

/** As `standardOf` a Schema of Effect; all else as it is: whoever reads it says what is wrong with it. */
export function doorOf(schema: unknown, field: string): unknown {
  return passes(schema, Schema.isSchema) ? standardOf(schema as DoorSchema, field) : schema
}
