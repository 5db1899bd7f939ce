/**
 * What a Standard Schema is: an object of any library that says what a value must be, and makes of it what it stands for. Types alone: of no
 * library is anything loaded.
 *
 * Source  https://standardschema.dev, version 1.
 */

/** A schema of zod, Valibot, ArkType or any other library that keeps the standard; of Effect, what `Schema.toStandardSchemaV1` gives. */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** What the standard asks of a schema. */
  readonly "~standard": {
    readonly version: 1
    /** The library that has made it. */
    readonly vendor: string
    /** Gives the value, or what is wrong with it. One that gives a promise is refused: what comes to a door is decoded at once. */
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    /** For the compiler alone. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** What a schema says of a value. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[] }

interface Typed<Input, Output> {
  readonly "~standard": { readonly types?: { readonly input: Input; readonly output: Output } | undefined }
}

/** What a schema takes. */
export type SchemaInput<Schema> = Schema extends Typed<infer Input, unknown> ? Input : unknown

/** What a schema gives. */
export type SchemaOutput<Schema> = Schema extends Typed<unknown, infer Output> ? Output : unknown
