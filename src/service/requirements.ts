/**
 * What services require of each other while the application runs: whether it is there when one starts, who is in the way of a stop, and who
 * has to look again when one has changed.
 *
 * A requirement is by id: it means whoever has that id now. The crash of a required service is its supervisor's matter alone.
 *
 * Invariant: whoever waits for something to come looks again whenever that changes, so nobody waits for what will not come.
 */

import { Unavailable } from "../kernel/errors.ts"
import type { Process } from "../kernel/process.ts"
import type { Requirement } from "../supervision/child-spec.ts"
import type { SupervisedChild } from "../supervision/supervised-child.ts"
import type { ServiceRecord } from "./service-record.ts"

export class Requirements {
  readonly #recordOf: (id: string) => ServiceRecord | undefined
  readonly #dependents = new Map<string, Set<ServiceRecord>>()

  constructor(recordOf: (id: string) => ServiceRecord | undefined) {
    this.#recordOf = recordOf
  }

  add(record: ServiceRecord): void {
    for (const id of record.requires) {
      const dependents = this.#dependents.get(id) ?? new Set()
      this.#dependents.set(id, dependents.add(record))
    }
  }

  remove(record: ServiceRecord): void {
    for (const id of record.requires) {
      const dependents = this.#dependents.get(id)
      dependents?.delete(record)
      if (dependents?.size === 0) this.#dependents.delete(id)
    }
  }

  /** What becomes of all that it requires. What is idle of that is woken. */
  of(record: ServiceRecord): Requirement {
    let isMet = true
    for (const id of record.requires) {
      const outlook = this.#outlookOf(this.#recordOf(id), record)
      if (outlook === "gone") return missingError(record.id, id)
      isMet &&= outlook === "met"
    }
    return isMet ? "met" : "coming"
  }

  /** Ids of services elsewhere that are up and require it or something below it. */
  by(record: ServiceRecord): readonly string[] {
    const ids = new Set<string>()
    for (const each of withBelow(record)) {
      for (const dependent of this.#dependents.get(each.id) ?? [])
        if (isNeeding(dependent) && !isWithin(dependent, record)) ids.add(dependent.id)
    }
    return [...ids]
  }

  /** `gone`: it will not come by itself. One that has done its work has been there, and that is what it was required for. */
  #outlookOf(record: ServiceRecord | undefined, dependent: ServiceRecord): "met" | "coming" | "gone" {
    if (record === undefined) return "gone"
    if (isThere(record, dependent)) return "met"
    const idle = idleAbove(record)
    if (idle !== undefined) return idle.child?.aim === "idle" && this.#isWoken(idle, dependent) ? "coming" : "gone"
    const { child } = record
    if (child === undefined) return record.isComing ? "coming" : "gone"
    child.supervisor.pull(child, this.#waitingFor(dependent))
    if (record.isUp && record.state !== "stopping") return "coming"
    if (isDoomed(record)) return "coming"
    if (!isKept(record)) return record.isComing ? "coming" : "gone"
    switch (child.aim) {
      case "up":
        return "coming"
      case "idle":
        return this.#isWoken(record, dependent) ? "coming" : "gone"
      case "spent":
        return "gone"
      case "done":
        return "met"
      case "down":
        return child.lastPid === undefined && !child.isHeldBack && !child.supervisor.isStarted ? "coming" : "gone"
    }
  }

  /** Has what is idle started, unless it lacks something itself. Who needs it looks again where somebody has it stay down first. */
  #isWoken(record: ServiceRecord, dependent: ServiceRecord): boolean {
    const { child } = record
    if (child === undefined || this.of(record) instanceof Unavailable) return false
    const settle = (isComing: boolean): void => (isComing ? undefined : reconsider(dependent))
    return child.supervisor.request({ type: "want", child, isAbove: false, settle, abandoned: () => {} })
  }

  /** From a service of `ids` by way of what they require back to one of them, where there is such a way. */
  cycle(ids: readonly string[], requires: readonly string[]): readonly string[] | undefined {
    const seen = new Set<string>()
    const visit = (id: string, way: readonly string[]): readonly string[] | undefined => {
      if (ids.includes(id)) return way.length === 0 ? undefined : [id, ...way, id]
      const record = this.#recordOf(id)
      if (record === undefined || seen.has(id)) return undefined
      seen.add(id)
      for (const each of withBelow(record)) {
        for (const next of each.requires) {
          const found = visit(next, [...way, id])
          if (found !== undefined) return found
        }
      }
      return undefined
    }
    for (const id of requires) {
      const found = visit(id, [])
      if (found !== undefined) return found
    }
    return undefined
  }

  /** One that waits to be started, and who waits for that: those above it that start, and those that require one of them. */
  #waitingFor(record: ServiceRecord): Iterable<SupervisedChild> {
    const found = new Set<ServiceRecord>()
    const visit = (each: ServiceRecord): void => {
      if (found.has(each)) return
      found.add(each)
      const next = [...(this.#dependents.get(each.id) ?? [])]
      if (each.parent !== undefined) next.push(each.parent)
      for (const one of next) if (one.isUp && one.state !== "running") visit(one)
    }
    visit(record)
    return [...found].map(({ child }) => child).filter((child) => child !== undefined)
  }

  /** It is in another state. */
  changed(record: ServiceRecord): void {
    for (const dependent of this.#dependents.get(record.id) ?? []) {
      reconsider(dependent)
      dependent.inbox.review()
    }
    if (record.isUp) return
    for (const id of record.requires) reconsiderUpwards(this.#recordOf(id))
  }
}

/** It, and all above it, may be idle now. */
export function reconsiderUpwards(record: ServiceRecord | undefined): void {
  for (let each = record; each !== undefined; each = each.parent) reconsider(each)
}

function reconsider({ child }: ServiceRecord): void {
  child?.supervisor.reconsider(child)
}

/** The supervisor above it that is down, or about to be, until somebody wants it: the uppermost, with which all below it is started. */
export function idleAbove({ parent }: ServiceRecord): ServiceRecord | undefined {
  if (parent === undefined) return undefined
  return idleAbove(parent) ?? (parent.child?.isWakeable === true ? parent : undefined)
}

/** Whether it runs, and all above it do or start: what is below a supervisor that was killed, or is being stopped, does not stay. Above both, that counts for both. */
function isThere({ child, parent }: ServiceRecord, dependent: ServiceRecord): boolean {
  return child?.state === "running" && isHeldUp(parent, dependent)
}

function isHeldUp(record: ServiceRecord | undefined, dependent: ServiceRecord): boolean {
  // The root has nobody who keeps it.
  if (record?.parent === undefined || isWithin(dependent, record)) return true
  const state = record.child?.state
  return (state === "running" || state === "starting") && isHeldUp(record.parent, dependent)
}

/** The supervisor above it that is being started because somebody wants it; whoever is started by that does not wait for it. */
export function wokenAbove({ parent }: ServiceRecord, caller: Process | undefined): ServiceRecord | undefined {
  if (parent === undefined || parent.state === "running") return undefined
  if (parent.child?.isWoken !== true) return wokenAbove(parent, caller)
  for (let each = caller; each !== undefined; each = each.parent) if (each === parent.process) return undefined
  return parent
}

/** Whether a supervisor above it is about to end by itself: only when it has, it is seen whether it comes again, and all below it. */
function isDoomed({ parent }: ServiceRecord): boolean {
  if (parent === undefined) return false
  const status = parent.process?.status
  return (parent.state === "running" && (status === "ending" || status === "ended")) || isDoomed(parent)
}

/** Whether its supervisor is there to start it. */
function isKept({ parent }: ServiceRecord): boolean {
  return parent === undefined || parent.state === "running" || parent.state === "starting"
}

function* withBelow(record: ServiceRecord): Iterable<ServiceRecord> {
  yield record
  for (const each of record.below) yield* withBelow(each)
}

/** It is up, or will be with what is above it. */
function isNeeding(dependent: ServiceRecord): boolean {
  return dependent.isUp || (dependent.isComing && isStartedWithAll(dependent))
}

/** Whether it is started with what is above it, without anybody's wanting it. */
function isStartedWithAll(record: ServiceRecord): boolean {
  const { parent, isUp, isOnDemand, isUnheld } = record
  return parent === undefined || ((isUp || !isOnDemand || !isUnheld) && isStartedWithAll(parent))
}

function isWithin(record: ServiceRecord, above: ServiceRecord): boolean {
  return record === above || (record.parent !== undefined && isWithin(record.parent, above))
}

function missingError(id: string, required: string): Unavailable {
  const message = `${id} requires ${required}, which does not run and will not be started by itself: start that first`
  return new Unavailable(message, { retryable: false, details: { id, required } })
}
