/** Which faults a schedule may have, and how many. As its user writes it: none by default. */

import { anything, boolean, field, listOf, optional, otherwise } from "../../kernel/option-fields.ts"
import { type Field, readOptions } from "../../kernel/options.ts"
import { Gate } from "../../security/gate.ts"
import type { Policy, Scope } from "../../security/policy.ts"
import type { AskedFault } from "../strategies/fault-draw.ts"
import { FAULT_KINDS, FAULT_NAMES } from "./fault-kinds.ts"

/**
 * At most so many of each in one schedule; `true` is one. A schedule draws which of them it has. Until an application has started, none but `startHangs`
 * befalls what it starts with.
 */
export interface FaultOptions {
  /** A supervised process crashes or is killed: before a message, while a handler waits, after it. */
  readonly crash?: number | boolean
  /** A process that nobody restarts, as a client, is killed: holding whatever it holds. */
  readonly callerDies?: number | boolean
  /** A supervised process fails to start: one that is started again, as after a crash, or that is started later. */
  readonly startFails?: number | boolean
  /** A process starts only much later: a minute of the clock. */
  readonly startHangs?: number | boolean
  /** A supervisor, not the one above all others, ends as if it had reached its limit of restarts. */
  readonly givesUp?: number | boolean
  /** A process does nothing for six seconds of the clock, longer than a request waits by default. */
  readonly slowHandler?: number | boolean
  /** An answer is under way for six seconds. */
  readonly slowReply?: number | boolean
  /** An answer never arrives; only where its asker's time is limited. */
  readonly lostReply?: number | boolean
  /** How likely a message finds no room, from 0 to 1. */
  readonly inboxFull?: number
  /**
   * Inboxes of services of which the application says nothing have room for one to three messages, and stores remove one entry at a time: in some
   * schedules, each or not. A sound application may get `RateLimited` by it.
   */
  readonly smallBounds?: boolean
  /** A call of `world.external` fails with `Unavailable`: it was never carried out, or it was, and its caller is not told so. */
  readonly externalFails?: number | boolean
  /** The same of what a durable store asks of its database: a commit, a reading, an opening. */
  readonly databaseFails?: number | boolean
  /** The same of a file in which a store keeps a snapshot: reading it, writing it, putting it in its place. */
  readonly fileFails?: number | boolean
  /** Such a file has lost its end when it is read, as after a crash of the machine. */
  readonly tornFile?: number | boolean
  /** The clock goes forward at once, by a minute. */
  readonly clockJump?: number | boolean
  /** Sets of policies, one of which takes the place of what holds. */
  readonly policies?: readonly (readonly (Policy | Scope)[])[]
  /** How often one of `policies` does. Default: once, where there are any. */
  readonly policyChange?: number | boolean
}

/** As read: how many of each. */
export interface FaultBudget {
  readonly crash: number
  readonly callerDies: number
  readonly startFails: number
  readonly startHangs: number
  readonly givesUp: number
  readonly slowHandler: number
  readonly slowReply: number
  readonly lostReply: number
  readonly externalFails: number
  readonly databaseFails: number
  readonly fileFails: number
  readonly tornFile: number
  readonly clockJump: number
  readonly inboxFull: number
  readonly smallBounds: boolean
  readonly policies: readonly (readonly (Policy | Scope)[])[]
  readonly policyChange: number
}

/** What each kind takes from the budget. */
export type Purse = Exclude<keyof FaultBudget, "inboxFull" | "smallBounds" | "policies">

const UNCOUNTED: ReadonlySet<keyof FaultBudget> = new Set(["inboxFull", "smallBounds", "policies"])

const isCount = (value: unknown): boolean => typeof value === "boolean" || (Number.isSafeInteger(value) && (value as number) >= 0)
const countField = field<number | boolean>(isCount, "a whole number from 0, or true")
const count: Field<number> = (value, path) => (value === undefined ? 0 : Number(countField(value, path)))
const chance = field<number>((value) => typeof value === "number" && value >= 0 && value <= 1, "a number from 0 to 1")

const FIELDS = {
  crash: count,
  callerDies: count,
  startFails: count,
  startHangs: count,
  givesUp: count,
  slowHandler: count,
  slowReply: count,
  lostReply: count,
  externalFails: count,
  databaseFails: count,
  fileFails: count,
  tornFile: count,
  clockJump: count,
  inboxFull: (value: unknown, path: string): number => optional(chance)(value, path) ?? 0,
  smallBounds: otherwise(boolean, false),
  policies: (value: unknown, path: string): FaultBudget["policies"] => {
    const sets =
      optional(listOf(listOf(anything as Field<Policy | Scope>, "a list of policies"), "a list of lists of policies"))(value, path) ?? []
    // Looked at before anything is explored, as an application looks at them when they change.
    sets.forEach((policies, index) => void new Gate(() => {}).set(policies, `${path}[${index}]`))
    return sets
  },
  policyChange: optional(countField),
}

/** Errors: Invalid, naming the field. */
export function readFaults(value: unknown, path: string): FaultBudget {
  const { policyChange, ...read } = readOptions(value, FIELDS, path)
  return { ...read, policyChange: Number(policyChange ?? read.policies.length > 0) }
}

/** Of each that is counted how many may fall in one schedule at most; those of which none may are left out. */
export function askedFaults(budget: FaultBudget): readonly AskedFault[] {
  return FAULT_NAMES.filter((name): name is Purse => !UNCOUNTED.has(name))
    .map((name) => ({ kinds: FAULT_KINDS[name], most: budget[name] }))
    .filter(({ most }) => most > 0)
}
