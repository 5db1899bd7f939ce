/**
 * What happens in a step, as a clause of a sentence: `stock handles clerk-1's `take``. It says what is; which of two things is told first, and
 * why it matters, is the story's (`story.ts`).
 */

import { CLOCK, OUTSIDE } from "../scene/candidate.ts"
import type { Choice, Fault, Sent } from "../schedule/step.ts"
import { cutMiddle, plain, timeText } from "../text/plain-text.ts"
import type { ScheduleIndex } from "./schedule-index.ts"

/** Labels and operations in a sentence take at most so many columns. */
const NAME_WIDTH = 40

const ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]

/** What the runtime tells itself when a mailbox is given back: few stories are about it. */
export function isHousekeeping({ kind, what }: Sent): boolean {
  return kind === "signal" && (what === "detach" || what === "left")
}

/** A process in a sentence; `outside` is the scenario. */
export function named(actor: string): string {
  return actor === OUTSIDE ? "the scenario" : cutMiddle(plain(actor), NAME_WIDTH)
}

/** An operation, or what a timer is for. */
export function quoted(what: string): string {
  return `\`${cutMiddle(plain(what), NAME_WIDTH)}\``
}

/** `clerk-1's `. */
export function possessive(actor: string): string {
  return `${named(actor)}'s`
}

/** What a choice brings about: whoever goes on, and with what. */
export function clauseOf(index: ScheduleIndex, choice: Choice): string {
  const { kind, actor, what } = choice
  if (kind === "start") return `${named(actor)} starts`
  if (kind === "message") return `${named(actor)} handles ${messageOf(index, choice)}`
  if (kind === "reply") return `the reply to ${nth(index, choice, "the ")}${quoted(what)} reaches ${named(actor)}`
  if (kind === "timer") return `the ${nth(index, choice, "")}timer ${quoted(what)} of ${named(actor)} fires`
  if (kind === "fault") return `a fault befalls ${named(actor)}`
  return what === "" ? `${named(actor)} has its turn` : `${named(actor)} has its turn (${quoted(what)})`
}

/** The same of what has to wait: of a reply is said who cannot go on. */
export function laterClauseOf(index: ScheduleIndex, choice: Choice): string {
  if (choice.kind !== "reply") return clauseOf(index, choice)
  return `${named(choice.actor)} goes on with the reply to ${nth(index, choice, "its ")}${quoted(choice.what)}`
}

/** What has not come when the schedule is over. */
export function missingClauseOf(index: ScheduleIndex, choice: Choice): string {
  const { kind, actor, what } = choice
  if (kind === "start") return `${named(actor)} has not started by the end`
  if (kind === "message") return `${named(actor)} has not handled ${messageOf(index, choice)} by the end`
  if (kind === "reply") return `the reply to ${nth(index, choice, "the ")}${quoted(what)} has not reached ${named(actor)} by the end`
  if (kind === "timer") return `the ${nth(index, choice, "")}timer ${quoted(what)} of ${named(actor)} has not fired by the end`
  return `${named(actor)} has not had its turn by the end`
}

/** `clerk-1's second `take``; what a process says to itself is `its own`, what a timer has sent `the tick`. */
export function messageOf(index: ScheduleIndex, choice: Choice): string {
  if (choice.from === CLOCK) return `the ${nth(index, choice, "")}tick ${quoted(choice.what)}`
  const whose = choice.from === choice.actor ? "its own" : possessive(choice.from)
  return `${whose} ${nth(index, choice, "")}${quoted(choice.what)}`
}

/** Which of several that are called the same; nothing where there is but one. */
function nth(index: ScheduleIndex, choice: Choice, before: string): string {
  const ordinal = index.ordinalOf(choice)
  if (ordinal === undefined) return ""
  return `${before}${ORDINALS[ordinal - 1] ?? `${ordinal}${suffix(ordinal)}`} `
}

function suffix(ordinal: number): string {
  const isTeen = ordinal % 100 > 10 && ordinal % 100 < 14
  return isTeen ? "th" : (["th", "st", "nd", "rd"][ordinal % 10] ?? "th")
}

/** What a fault did. `passedMs`: how far the clock has moved in that step. */
export function faultClauseOf(fault: Fault, passedMs: number): string {
  const who = named(fault.actor)
  const what = quoted(fault.what)
  const when = momentOf(fault)
  switch (fault.kind) {
    case "crash":
      return `${who} crashes${when}`
    case "kill":
      return `${who} is killed${when}`
    case "start_fails":
      return `${who} fails to start`
    case "start_hangs":
      return `the start of ${who} hangs`
    case "slow_handler":
      return `${who} takes long${fault.what === "" ? "" : ` over ${what}`}`
    case "slow_reply":
      return fault.what === "" ? `a reply to ${who} is slow` : `the reply to ${what} is slow to reach ${who}`
    case "lost_reply":
      return fault.what === "" ? `a reply to ${who} is lost` : `the reply to ${what} is lost, and never reaches ${who}`
    case "inbox_full":
      return `the inbox of ${who} is full${fault.what === "" ? "" : ` when ${what} comes`}`
    case "small_inbox":
      return `the inbox of ${who} had room for ${fault.what}`
    case "small_sweep":
      return "stores removed what was over one by one"
    case "clock_jump":
      return `the clock jumps ahead${passedMs > 0 ? ` by ${timeText(passedMs)}` : ""}`
    case "policy_change":
      return `the policies change${fault.what === "" ? "" : ` (${what})`}`
    case "gives_up":
      return `${who} gives up, as if at its limit of restarts`
    case "external_fails":
    case "database_fails":
    case "file_fails":
      return `${who} fails at ${what}${fault.when === "after" ? ", and has done it all the same" : ", and has not done it"}`
    case "torn_file":
      return `${who} has lost its end`
    case "caller_dies":
      return `${who} dies with all that it holds${fault.what === "" ? "" : `, ${when.trim()}`}`
  }
}

function momentOf({ what, when }: Fault): string {
  if (what === "") return ""
  if (when === "before") return ` before it handles ${quoted(what)}`
  if (when === "during") return ` while it handles ${quoted(what)}`
  return when === "after" ? ` after it has handled ${quoted(what)}` : ` at ${quoted(what)}`
}
