/** Whether what an example did is what its `// => value` comment claims. */

import { format, isDeepStrictEqual } from "node:util"

/** How a statement came to what it has. */
export type Kind = "value" | "printed" | "thrown" | "returned"

/** What is wrong; `undefined` where the claim holds. */
export function refute(text: string, kind: Kind, actual: unknown): string | undefined {
  if (kind === "returned") return `nothing was thrown; the example says ${text}`
  if (kind === "thrown") return refuteThrown(text.replace(/^throws\s+/, ""), actual)
  if (kind === "printed") return refutePrinted(text, actual as readonly unknown[])
  const expected = evaluate(text)
  if (expected === UNREADABLE) return `${text} is no value`
  return isDeepStrictEqual(plain(actual), plain(expected)) ? undefined : `is ${format("%O", actual)}; the example says ${text}`
}

/** Whether a printed line is the text, or the value that the text stands for as the console shows it. */
export function isPrintedAs(line: string, text: string): boolean {
  const value = evaluate(text)
  return line === text || (value !== UNREADABLE && line === format(value))
}

function refutePrinted(text: string, printed: readonly unknown[]): string | undefined {
  const line = format(...printed)
  return isPrintedAs(line, text) ? undefined : `prints ${line}; the example says ${text}`
}

/** `Invalid`, or `Invalid: its message`. */
function refuteThrown(text: string, error: unknown): string | undefined {
  const name = error instanceof Error ? error.name : typeof error
  const full = error instanceof Error ? `${name}: ${error.message}` : String(error)
  return text === name || text === full ? undefined : `throws ${full}; the example says throws ${text}`
}

const UNREADABLE = Symbol("unreadable")

/** The value a text stands for; where it is none, that of what stands before its first colon. */
function evaluate(text: string): unknown {
  const whole = evaluateExpression(text)
  return whole === UNREADABLE && text.includes(": ") ? evaluateExpression(text.slice(0, text.indexOf(": "))) : whole
}

function evaluateExpression(text: string): unknown {
  try {
    return new Function(`"use strict"; return (${text}\n)`)()
  } catch {
    return UNREADABLE
  }
}

/** Examples speak of content: a value whose prototype is `null` reads as any other. */
function plain(value: unknown): unknown {
  const isBare = typeof value === "object" && value !== null && Object.getPrototypeOf(value) === null
  return isBare ? { ...value } : value
}
