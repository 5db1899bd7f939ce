/**
 * The JSON Schema of the format, for editors: made of the schemas that decode, and shipped beside the code (`pigeonhole/config/schema.json`).
 *
 * What may come from the environment is text in the file, whatever it is wanted to be: each number, flag and word of a list may be a reference, too.
 * The ids that entries name of each other, and whether a policy compiles, are beyond it.
 */

import * as Schema from "effect/Schema"
import { wholeDocument } from "./schema.ts"

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

const REFERENCE = { $ref: "#/$defs/FromEnvironment" }

const FROM_ENVIRONMENT = {
  description: `What the environment says: \${env:NAME}, or \${env:NAME:-default}`,
  type: "string",
  pattern: "\\$\\{env:[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}",
} as const

/** As the file has it that is shipped. */
export function jsonSchemaText(): string {
  const { schema, definitions } = Schema.toJsonSchemaDocument(wholeDocument(), { onExcessProperty: "error" })
  const $defs = Object.fromEntries(
    Object.entries({ ...definitions }).map(([name, definition]) => [name, withReferences(definition as Json)]),
  )
  const head = { $schema: "https://json-schema.org/draft/2020-12/schema", title: "A Pigeonhole application" }
  const whole = { ...head, ...(withReferences(schema as Json) as object), $defs: { ...$defs, FromEnvironment: FROM_ENVIRONMENT } }
  return `${JSON.stringify(whole, undefined, 2)}\n`
}

/** The word that tells kinds apart stays as it is: editors complete by it. */
function withReferences(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map((part: Json) => withReferences(part))
  if (typeof schema !== "object" || schema === null) return schema
  if (isLeaf(schema)) return { anyOf: [schema, REFERENCE] }
  return Object.fromEntries(Object.entries(schema).map(([name, part]) => [name, name === "kind" ? part : withReferences(part)]))
}

function isLeaf(schema: object): boolean {
  const type: unknown = Reflect.get(schema, "type")
  return type === "number" || type === "integer" || type === "boolean" || (type === "string" && ("enum" in schema || "pattern" in schema))
}
