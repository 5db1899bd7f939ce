/**
 * What services require of each other while the application runs: whether it is there when one starts, who is in the way of a stop, and who
 * has to look again when one has changed.
 *
 * A requirement is by id: it means whoever has that id now. The crash of a required service is its supervisor's matter alone.
 *
 * Invariant: whoever waits for something to come looks again whenever that changes, so nobody waits for what will not come.
 */

import { Unavailable } from "../kernel/errors.ts"
import type { Requirement } from "../supervision/child-spec.ts"
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
      const outlook = outlookOf(this.#recordOf(id))
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

  /** It is in another state. */
  changed(record: ServiceRecord): void {
    for (const dependent of this.#dependents.get(record.id) ?? []) reconsider(dependent)
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

/** `gone`: it will not come by itself. One that has done its work has been there, and that is what it was required for. */
function outlookOf(record: ServiceRecord | undefined): "met" | "coming" | "gone" {
  if (record?.child === undefined) return "gone"
  const { child } = record
  if (record.state === "running") return "met"
  child.supervisor.pull(child)
  if (record.isUp && record.state !== "stopping") return "coming"
  if (!isKept(record)) return record.isComing ? "coming" : "gone"
  switch (child.aim) {
    case "up":
      return "coming"
    case "idle":
      child.supervisor.request({ type: "want", child, settle: () => {}, abandoned: () => {} })
      return "coming"
    case "done":
      return "met"
    case "down":
      return child.lastPid === undefined && !child.supervisor.isStarted ? "coming" : "gone"
  }
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
  return dependent.isUp || dependent.isComing
}

function isWithin(record: ServiceRecord, above: ServiceRecord): boolean {
  return record === above || (record.parent !== undefined && isWithin(record.parent, above))
}

function missingError(id: string, required: string): Unavailable {
  const message = `${id} requires ${required}, which does not run and will not be started by itself: start that first`
  return new Unavailable(message, { retryable: false, details: { id, required } })
}
