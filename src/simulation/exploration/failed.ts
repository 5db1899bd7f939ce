/** What ends a schedule early: it has failed. In which part, and by what somebody has said or thrown. */

import { thrownText } from "../../kernel/errors.ts"
import { isA } from "../../kernel/instance.ts"
import { type ForeignWork, isTimer } from "../program/foreign-work.ts"
import { programStack } from "../program/stack-text.ts"
import { EXIT } from "../program/world-exit.ts"
import { displacedTimers } from "../program/world-timers.ts"
import type { Failure, FailureKind } from "../report/failure.ts"
import type { CrashNotes } from "../report/own-crashes.ts"
import type { Wait } from "../scene/wait.ts"

export class Failed extends Error {
  /** `step`: where it is known to have been before the last. */
  readonly failure: Omit<Failure, "step"> & Partial<Pick<Failure, "step">>

  constructor(kind: FailureKind, name: string, message: string, more: Partial<Failure> = {}) {
    super(message)
    this.failure = { ...more, kind, name, message }
  }
}

/** Nothing can happen any more, or nothing does but that time passes. */
export function stuck(what: string, waits: readonly Wait[], { isOver, inVain }: Silent): Failed {
  const message = isOver
    ? `nothing can happen any more, and ${what} has not ended`
    : `nothing happens but by time, and ${what} has not ended`
  const details = [...hintsOf(waits, isOver), ...(inVain.length === 0 ? [] : [silent(inVain)])].join("\n")
  return new Failed("stuck", "", message, details === "" ? { waits } : { waits, details })
}

function hintsOf(waits: readonly Wait[], isOver: boolean): readonly string[] {
  const displaced = displacedTimers()
  if (displaced.length > 0) return [faked(displaced)]
  if (!isOver) return [LONG]
  return waits.some(({ on }) => on !== undefined) ? [] : [UNSEEN]
}

interface Silent {
  /** Time cannot pass either. */
  readonly isOver: boolean
  /** What is allowed outside, and was waited for in vain. */
  readonly inVain: readonly string[]
}

function silent(kinds: readonly string[]): string {
  return `allowed, and waited for in vain, for some real time: ${kinds.join(", ")}`
}

/** Where somebody waits, and for nobody's answer. */
const UNSEEN = [
  "nobody waits for an answer: what is awaited is settled by nobody, or comes from outside, unseen",
  "(import(), WebAssembly, what was allowed)",
].join("\n")

/** Where time passes, it may be that somebody waits long, and not in vain. */
const LONG = "so far a tenth of `maxSteps` has passed, or more: who is to wait longer by itself needs more of them"

/** What a scenario has brought from tests that had no world. */
function faked(names: readonly string[]): string {
  return [
    `others stand in the places of the world's ${names.join(", ")}, as fake timers do, and may call back nobody:`,
    "leave them out, as a world's time passes by itself",
  ].join("\n")
}

/** Something was begun that no schedule decides. */
export function begunOutside({ kind, stack: details, isTimerOfHost }: ForeignWork): Failed {
  if (kind === EXIT)
    return new Failed("outside", kind, `${kind} was called, which would end the program, whatever was found until then`, { details })
  const advice = isTimer(kind) && !isTimerOfHost ? OWN_TIMERS : "simulate it by world.external, or allow it"
  return new Failed("outside", kind, `${kind} was begun, which no schedule decides: ${advice}`, { details })
}

/** Those of the program are the world's: somebody has taken hold of the host's own when it was loaded. */
const OWN_TIMERS = [
  "it is of the host's own timers, which whoever began it has taken hold of before; a runtime that a scenario starts",
  "is given the world's, `start(tree, { host: world.host })`",
].join(" ")

/** Who only was to look has sent, asked, called or armed something, which would be another step. */
export function meddling(kind: FailureKind, name: string): Failed {
  return new Failed(kind, name, `${name} has begun something: it is looked at between two steps, and must change nothing`)
}

/** Somebody crashed, and no fault had fallen. */
export function crashed({ first }: Pick<CrashNotes, "first">): Failed | undefined {
  if (first === undefined) return undefined
  const { note, error } = first
  return new Failed("crash", note.process, `${note.process} crashed, and no fault had fallen: ${note.error}`, thrown(error))
}

/** What is told of an error beside its message: where the program threw it, or what caused it. */
export function thrown(error: unknown): Partial<Failure> {
  const stacks = stacksOf(error).flatMap((stack) => programStack(stack) ?? [])
  return stacks.length === 0 ? { error } : { error, details: stacks.join("\ncaused by ") }
}

/** An error, its cause, the cause of that, … */
const CAUSES = 4

/** Of an error and of its causes. What throws when it is looked at has none. */
function stacksOf(error: unknown): readonly string[] {
  const stacks: string[] = []
  try {
    let at = error
    for (let n = 0; n < CAUSES && isA(at, Error); n += 1) {
      const { stack, cause } = at
      if (typeof stack === "string") stacks.push(stack)
      at = cause
    }
  } catch {
    // What was read until then is told.
  }
  return stacks
}

/** What is wrong by what an invariant has said: a text, `false` or an error is a violation. */
export function throwIfWrong(kind: FailureKind, name: string, said: unknown): void {
  if (typeof said === "string" && said !== "") throw new Failed(kind, name, said)
  if (isA(said, Error)) throw new Failed(kind, name, saidBy(name, thrownText(said)), thrown(said))
  if (said === false || said === "")
    throw new Failed(kind, name, name === "" ? `the check gave ${said === false ? said : "an empty text"}` : `${name} does not hold`)
}

/** What it says, with its name before, where it has one. */
export function saidBy(name: string, text: string): string {
  return name === "" ? text : `${name}: ${text}`
}

/** How each part is called in a sentence; one that has a name is called by that. */
export function partText(kind: FailureKind, name: string): string {
  return name === "" ? (ACTS[kind] ?? kind) : name
}

const ACTS: Readonly<Partial<Record<FailureKind, string>>> = {
  run: "the scenario",
  start: "the start",
  check: "the check",
  stop: "the stop",
}
