/**
 * What comes to a door that has a schema: read once into a value of our own, and decoded, before anybody judges or keeps it.
 *
 * Invariants
 * - The schema reads what its caller can no longer change: what it gives shares no plain data with it, though it may give what it was given.
 * - Instances of classes are its caller's still, where it lets them pass: a guard that looks at the argument has them refused before.
 */

import { type Decode, decodeBy } from "../kernel/decoder.ts"
import { text } from "../kernel/option-fields.ts"
import { ownCopy, plainCopy } from "./own-copy.ts"

export class Payload {
  readonly #schema: unknown
  readonly #decode: Decode

  /** Throws `Invalid`, naming the option. */
  constructor(schema: unknown, option: string) {
    this.#schema = schema
    this.#decode = decodeBy(schema, option)
  }

  /** What is posted in the place of the argument. `isLookedAt`: by policies. Throws `Invalid` that names the place. */
  take(argument: unknown, isLookedAt = false): unknown {
    return this.#decode(isLookedAt ? ownCopy(argument) : plainCopy(argument, "argument"), "argument")
  }

  /** As `take`, of what another payload has given. */
  retake(argument: unknown, other: Payload | undefined): unknown {
    return other !== undefined && other.#schema === this.#schema ? argument : this.#decode(argument, "argument")
  }
}

/**
 * Reads a Standard Schema once, for what is checked before it is posted: gives a function that makes of a value what the schema makes of it. What it
 * gives is of your own, as far as it is plain data: the value was copied before the schema has seen it.
 *
 * Errors  Invalid, naming `field`, for what is no Standard Schema. Of the function: Invalid that names the place (`field.user.name`), with all issues in
 *         `details.issues`; also for a schema that throws, or is asynchronous.
 *
 * @example
 * import * as z from "zod"
 * const decode = decoderOf(z.object({ name: z.string().trim() }), "user")
 * decode({ name: " Alice " }) // => { name: "Alice" }
 * decode({ name: 1 }) // => throws Invalid
 */
export function decoderOf(schema: unknown, field: string): (value: unknown) => unknown {
  const name = text(field, "field")
  const decode = decodeBy(schema, name)
  return (value) => decode(plainCopy(value, name), name)
}
