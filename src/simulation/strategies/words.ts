/**
 * Texts that come again in each schedule, made once: the words by which a thing is known, and a number for each. To put them together costs more than all
 * else that is done with them.
 *
 * They are the program's, as the texts are: what is kept is forgotten where there are too many, and made anew.
 */

import type { Choice } from "../schedule/step.ts"

/** So many are kept. */
const MOST_KEPT = 20_000

type Spelled = Pick<Choice, "kind" | "actor" | "from" | "what">

/** By actor, sender, what it is and of what kind. */
const spelled = new Map<string, Map<string, Map<string, Map<string, string>>>>()
const hashes = new Map<string, number>()
let kept = 0

/** Who, from whom, what. */
export function words(choice: Spelled): string {
  const { kind, actor, from, what } = choice
  return spelled.get(actor)?.get(from)?.get(what)?.get(kind) ?? spell(choice)
}

function spell({ kind, actor, from, what }: Spelled): string {
  if (kept >= MOST_KEPT) forget()
  kept += 1
  const text = `${kind} ${actor} ${from} ${what}`
  under(under(under(spelled, actor), from), what).set(kind, text)
  return text
}

function under<Value extends Map<string, unknown>>(table: Map<string, Value>, key: string): Value {
  const known = table.get(key)
  if (known !== undefined) return known
  // Each table has tables, or texts, under its keys: an empty one is both.
  const made = new Map() as Value
  table.set(key, made)
  return made
}

/** FNV-1a. */
export function hashOf(text: string): number {
  const known = hashes.get(text)
  if (known !== undefined) return known
  if (kept >= MOST_KEPT) forget()
  kept += 1
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hashes.set(text, hash)
  return hash
}

function forget(): void {
  spelled.clear()
  hashes.clear()
  kept = 0
}
