/**
 * The services of the application by id, and the way to a mailbox: is there such a service, may the principal have it, does it
 * run or can it be started.
 *
 * Invariant: the look at a service's state and the attachment to it are one step, so a service is never stopped
 * for idleness under a caller that has just acquired it.
 */

import type { FaceClass } from "../behaviours/context.ts"
import { Invalid, invalid, NotFound, type PigeonholeError, Unavailable } from "../kernel/errors.ts"
import type { Kernel } from "../kernel/kernel.ts"
import type { Process } from "../kernel/process.ts"
import { checkStackRoom } from "../kernel/stack.ts"
import { isThenable } from "../kernel/thenable.ts"
import type { Gate } from "../security/gate.ts"
import { Attachment, type AttachmentContext, type Holder } from "./attachment.ts"
import type { Mailbox } from "./mailbox.ts"
import { partitionOf } from "./partition.ts"
import type { ServiceEvent } from "./service-event.ts"
import type { Reception, ServiceRecord } from "./service-record.ts"

/** What a caller may say of the mailbox it wants. */
export interface AcquireWish {
  /** The class it must be of. */
  readonly as?: FaceClass<unknown> | undefined
  /** Picks one of a service's partitions. */
  readonly key?: string | number | undefined
}

export class Services implements AttachmentContext {
  readonly kernel: Kernel
  readonly gate: Gate
  readonly #records = new Map<string, ServiceRecord>()
  readonly #byCaller = new Map<Process, Set<Attachment>>()
  readonly #report: (event: ServiceEvent) => void
  #lastAttachment = 0

  constructor(kernel: Kernel, gate: Gate, report: (event: ServiceEvent) => void) {
    this.kernel = kernel
    this.gate = gate
    this.#report = report
  }

  define(record: ServiceRecord): void {
    this.#records.set(record.id, record)
  }

  /** Its id is free; who holds a mailbox of it keeps it. */
  undefine(id: string): void {
    this.#records.delete(id)
  }

  get records(): Iterable<ServiceRecord> {
    return this.#records.values()
  }

  recordOf(id: string): ServiceRecord | undefined {
    return this.#records.get(id)
  }

  /**
   * Attaches a caller and gives it a mailbox.
   *
   * Errors  Invalid (empty id, not a service, not of the class asked for, a key where there are no partitions); NotFound; PermissionDenied;
   *         Unavailable (given up or stopped).
   */
  async acquire(id: string, holder: Holder, { as, key }: AcquireWish = {}): Promise<Mailbox> {
    checkStackRoom()
    const record = key === undefined ? this.#find(id) : this.#find(partitionOf(this.#find(id), key))
    const reception = this.#admit(record, holder)
    while (record.state === "stopping" || record.state === "stopped") await this.#wake(record)
    if (record.state === "givenUp") throw record.unavailable()
    if (holder.caller?.status === "ended") throw new Unavailable("the process that acquires has ended", { retryable: false })
    const attachment = new Attachment(this.#nextAttachment(), this, record, reception, holder)
    const mailbox = reception.createMailbox(attachment)
    if (isThenable(mailbox)) throw new Invalid(`the mailbox of ${record.id} has a method then: no promise can hand it over`)
    if (as !== undefined && typeof as !== "function") throw invalid("as", "must be a class of mailboxes")
    if (as !== undefined && !(mailbox instanceof as)) throw kindError(record.id, reception.kind, as.name)
    this.#attach(record, attachment)
    return mailbox
  }

  report(event: ServiceEvent): void {
    this.#report(event)
  }

  detached(attachment: Attachment): void {
    const { caller } = attachment.holder
    if (caller === undefined) return
    const attachments = this.#byCaller.get(caller)
    attachments?.delete(attachment)
    if (attachments?.size === 0) this.#byCaller.delete(caller)
  }

  /** Gives back every mailbox an ended process held. */
  callerEnded(process: Process): void {
    for (const attachment of this.#byCaller.get(process) ?? []) attachment.callerEnded()
  }

  #find(id: string): ServiceRecord {
    if (typeof id !== "string" || id === "") throw invalid("id", "must be a non-empty service id")
    const record = this.#records.get(id)
    if (record === undefined) throw new NotFound(`there is no service ${id}`, { details: { field: "id", id } })
    return record
  }

  #admit(record: ServiceRecord, holder: Holder): Reception {
    const action = record.reception?.acquireAction ?? "service.acquire"
    const ruling = this.gate.check(holder, { action, resource: record.id, attributes: {} })
    if (!this.gate.permits(ruling.decision)) throw this.gate.deny(holder, action, record.id, {}, ruling.policy)
    if (record.reception !== undefined) return record.reception
    throw new Invalid(`${record.id} has no mailbox: it is a plain process`, { details: { field: "id", id: record.id } })
  }

  /** Lets the supervisor start a service that its detach policy has stopped. */
  #wake(record: ServiceRecord): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error: PigeonholeError | undefined): void => (error === undefined ? resolve() : reject(record.unavailable()))
      const abandoned = (): void => reject(record.unavailable())
      if (record.supervisor?.request({ type: "want", id: record.id, settle, abandoned }) !== true) abandoned()
    })
  }

  #attach(record: ServiceRecord, attachment: Attachment): void {
    const { caller } = attachment.holder
    record.attachments.add(attachment)
    record.held += 1
    if (caller !== undefined) {
      const attachments = this.#byCaller.get(caller) ?? new Set()
      attachments.add(attachment)
      this.#byCaller.set(caller, attachments)
    }
    this.#report({ type: "attached", service: record.id, principal: attachment.principal.id, attachment: attachment.id })
  }

  #nextAttachment(): number {
    this.#lastAttachment += 1
    return this.#lastAttachment
  }
}

function kindError(id: string, kind: string, wanted: string): Invalid {
  return new Invalid(`${id} is a ${kind}: its mailbox is no ${wanted}`, { details: { field: "id", id } })
}
