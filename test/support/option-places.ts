/** Short ways to say at which place of a function what is right, and the options that several of them take. */

import { BOOLEAN, COUNT, DURATION, FUNCTION, LIMIT, LIST, NONE, type Place, RECORD, type Sorts, TEXT } from "./mistakes.ts"
import { plain } from "./option-stage.ts"

export type Put = (value: never) => unknown

/** Something that is not read by name. */
export const at = (field: string, sorts: Sorts, put: Put): Place => ({ field, sorts, put })

export const named = (options: Readonly<Record<string, Sorts>>, put: Put, more: Partial<Place> = {}): Place => ({
  field: more.path ?? "options",
  options,
  put,
  ...more,
})

export const LIMITED = { timeoutMs: LIMIT, signal: NONE }
export const limited = (put: Put): Place => named(LIMITED, put)
export const PID = (put: Put): Place => at("pid", NONE, put)

export const INTENSITY = { intensity: ["zero", "number"] as Sorts, periodMs: ["fraction", "number"] as Sorts }
export const INBOX = { capacity: COUNT, overflow: NONE }
export const PRINCIPAL = { id: TEXT, meta: RECORD }
export const BACKOFF = {
  initialMs: DURATION.filter((sort) => sort !== "infinite"),
  factor: COUNT,
  maxMs: DURATION.filter((sort) => sort !== "infinite"),
  jitter: ["zero", "fraction"] as Sorts,
  stableAfterMs: DURATION.filter((sort) => sort !== "infinite"),
  maxAttempts: ["zero", "number"] as Sorts,
  waits: FUNCTION,
}
export const CHILD = {
  restart: NONE,
  // What may stand in an object here has a place of its own.
  shutdown: ["zero", "fraction", "number", "object"] as Sorts,
  state: NONE,
  onDetach: FUNCTION,
  requires: LIST,
  significant: ["boolean"] as Sorts,
  startTimeoutMs: LIMIT,
  autoStart: BOOLEAN,
  backoff: RECORD,
  inbox: RECORD,
  principal: RECORD,
  scopes: LIST,
}
export const SERVER = {
  init: FUNCTION,
  call: RECORD,
  cast: RECORD,
  info: FUNCTION,
  continue: FUNCTION,
  idle: FUNCTION,
  terminate: FUNCTION,
  inherit: FUNCTION,
  asyncContext: NONE,
  detached: FUNCTION,
  formatStatus: FUNCTION,
  measure: FUNCTION,
  initTimeoutMs: LIMIT,
  idleTimeoutMs: LIMIT,
  concurrency: COUNT,
  stashCapacity: COUNT,
}
export const TASK = { label: TEXT, log: BOOLEAN }
export const STREAM = { ...TASK, maxConcurrency: COUNT, ordered: BOOLEAN, timeoutMs: LIMIT, onTimeout: NONE }
export const RULE = { effect: "allow", actions: "*", resources: "*" }
export const RULES = { id: TEXT, effect: NONE, actions: TEXT, resources: TEXT, conditions: LIST }
export const policy = (path: string, put: (policy: never) => unknown): Place => named(RULES, put, { path, base: RULE, beside: FUNCTION })
export const SCOPE = { scope: TEXT, policies: LIST }

export const SERVICE = { kind: "k", server: plain, argument: undefined, acquire: "k.get", guards: {}, mailbox: () => {} }
export const idle = async (): Promise<void> => {}
