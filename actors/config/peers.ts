/** Looks whether the packages beside this one are of a version that fits: Effect before any schema is made of it, `yaml` once it is loaded. */

import * as EffectSchema from "effect/Schema"
import { invalid } from "../index.ts"

/** Which package, in which version, and what is asked of npm. */
interface Peer {
  readonly name: string
  readonly version: string
  readonly install: string
}

/** Throws `Invalid` in the words of the other entry points, unless all of these are functions. */
export function checkPeer({ name, version, install }: Peer, needed: Readonly<Record<string, unknown>>): void {
  const missing = Object.keys(needed).find((key) => typeof needed[key] !== "function")
  if (missing === undefined) return
  throw invalid(name, `must be ${version} for pigeonhole/config, and what is installed has no ${missing}: npm install ${install}`)
}

const { isMinLength, isPattern, isGreaterThanOrEqualTo, decodeUnknownExit, toJsonSchemaDocument } = EffectSchema

checkPeer(
  { name: "effect", version: "Effect 4", install: "effect@4" },
  { isMinLength, isPattern, isGreaterThanOrEqualTo, decodeUnknownExit, toJsonSchemaDocument },
)

/** Effect's `Schema`, looked at. A builder who leaves out what is imported for its doing alone keeps the look. */
export const CheckedSchema: typeof EffectSchema = EffectSchema
