/** What a store has answered, looked at once: whether it is what it should be, and what it shows of an entry. */

import { Unavailable } from "../../src/index.ts"
import { type Answer, brief, type Operation, valueText } from "../../src/simulation.ts"
import type { Held, Shown } from "./key-state.ts"

/** Whether it is this value. What cannot be read says nothing. */
export function fitsText(answer: Answer | undefined, text: string): boolean {
  if (answer === undefined) return true
  return answer.type === "value" && (answer.text === undefined || answer.text === text)
}

export function fitsError(answer: Answer | undefined, kind: string): boolean {
  return answer === undefined || (answer.type === "error" && answer.kind === kind)
}

/** Whether a store has refused it as there was no room: then it has changed nothing. */
export function isForWantOfRoom({ outcome }: Operation): boolean {
  if (outcome === undefined || "value" in outcome || !(outcome.error instanceof Unavailable)) return false
  const { field, maxEntries } = outcome.error.details
  return field === "key" && maxEntries !== undefined
}

/** The version that an error names; `undefined`: none. */
export function versionIn(answer: Answer | undefined): string | undefined {
  if (answer?.type !== "error") return undefined
  const { version } = answer.error.details
  return typeof version === "string" ? version : undefined
}

/** What an answer shows of an entry; `undefined`: it is no entry of this key. */
export function shownIn(answer: Answer, key: string): Shown | undefined {
  if (answer.type === "error") return undefined
  const { value: given } = answer
  if (typeof given !== "object" || given === null) return undefined
  if (!isSimple(given) && answer.text === undefined) return {}
  const { key: own, value, version, expiresAt } = given as Partial<Record<string, unknown>>
  if (own !== key || typeof version !== "string") return undefined
  return { value: "value" in given ? valueText(value) : undefined, version, ends: expiresAt !== undefined }
}

/** A record of what is no object, which can be read: for that its text need not be written. */
function isSimple(record: object): boolean {
  try {
    return (
      Object.getPrototypeOf(record) === Object.prototype && Object.values(record).every((part) => typeof part !== "object" || part === null)
    )
  } catch {
    return false
  }
}

export const errorText = (kind: string): string => `the error ${kind}`

/** An entry as a sentence shows it. */
export function briefEntry({ value, version }: Pick<Held, "value" | "version">): string {
  return `an entry with ${brief(value ?? "some value")}${version === undefined ? "" : ` of version ${version}`}`
}

/** The value, where nobody can have changed it since; `undefined`: it says nothing. */
export function frozenText(value: unknown): string | undefined {
  try {
    return isFrozenData(value) ? valueText(value) : undefined
  } catch {
    return undefined
  }
}

/** Lists and records that are frozen, all the way down. */
function isFrozenData(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  const isData = Array.isArray(value) || prototype === Object.prototype || prototype === null
  return isData && Object.isFrozen(value) && Object.values(value).every(isFrozenData)
}
