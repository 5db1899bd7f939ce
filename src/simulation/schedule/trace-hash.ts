/** A short name for what happened: two schedules that went alike have the same. */

import type { Step } from "./step.ts"

/** FNV-1a over the steps, in eight digits. */
export function traceHash(steps: readonly Step[]): string {
  let hash = 0x811c9dc5
  const add = (text: string): void => {
    for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  }
  for (const { at, choice, fault, sent } of steps) {
    if (choice !== undefined) add(`${at} ${choice.kind} ${choice.actor} ${choice.from} ${choice.what};`)
    if (fault !== undefined) add(`${at} ${fault.kind} ${fault.actor} ${fault.what};`)
    for (const { kind, from, to, what } of sent) add(`${kind} ${from} ${to} ${what},`)
  }
  return (hash >>> 0).toString(16).padStart(8, "0")
}
