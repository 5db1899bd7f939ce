/**
 * The services of the application by id, and the way to a mailbox: is there such a service, may the principal have it, does it
 * run or can it be started.
 *
 * Invariant: the look at a service's state and the attachment to it are one step, so a service is never stopped
 * for idleness under a caller that has just acquired it.
 */

import { Internal, Invalid, invalid, NotFound, refuseForeign, shown, Unavailable } from "../kernel/errors.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { Kernel } from "../kernel/kernel.ts"
import { NOTHING_SAID } from "../kernel/options.ts"
import type { Process } from "../kernel/process.ts"
import { checkStackRoom } from "../kernel/stack.ts"
import { carried, givenAtOnce } from "../kernel/thenable.ts"
import type { FaceClass } from "../process/context.ts"
import { give } from "../process/given-mailbox.ts"
import type { Gate } from "../security/gate.ts"
import type { ChildState } from "../supervision/child-state.ts"
import type { HolderWaits } from "../topology/holder-waits.ts"
import { Attachment } from "./attachment.ts"
import type { AttachmentContext, AttachmentLife } from "./attachment-life.ts"
import type { Holder } from "./holder.ts"
import { HolderCounts } from "./holder-counts.ts"
import { impasseAt, type RecordOf } from "./impasse.ts"
import type { Mailbox } from "./mailbox.ts"
import { checkKey, partitionId, partitionOf } from "./partition.ts"
import { JoinedPort } from "./partitioned-port.ts"
import { idleAbove, Requirements, reconsiderUpwards } from "./requirements.ts"
import type { ServiceEvent } from "./service-event.ts"
import type { Reception, ServiceRecord } from "./service-record.ts"
import { Wakes } from "./wakes.ts"

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
  readonly requirements = new Requirements((id) => this.#records.get(id))
  readonly #byCaller = new Map<Process, Set<AttachmentLife>>()
  readonly #report: (event: ServiceEvent) => void
  readonly #wakes: Wakes
  #lastAttachment = 0

  constructor(kernel: Kernel, gate: Gate, waits: HolderWaits, report: (event: ServiceEvent) => void) {
    this.kernel = kernel
    const recordOf: RecordOf = (id) => this.#records.get(id)
    this.#wakes = new Wakes(waits, recordOf)
    this.gate = gate
    this.#report = report
    const coverOf: Gate["coverOf"] = (resource) => this.#coverOf(resource)
    const impasse: Kernel["impasse"] = (inbox, asker) => {
      const record = this.#records.get(inbox.label)
      return record?.inbox === inbox ? impasseAt(record, asker, recordOf) : undefined
    }
    gate.coverOf = coverOf
    kernel.impasse = impasse
    const review: Kernel["review"] = () => this.#review()
    kernel.review = review
  }

  define(record: ServiceRecord): void {
    this.#records.set(record.id, record)
    record.parent?.below.add(record)
    this.requirements.add(record)
  }

  /** Its id is free; who holds a mailbox of it keeps it. */
  undefine(id: string): void {
    const record = this.#records.get(id)
    if (record === undefined) return
    this.#records.delete(id)
    record.parent?.below.delete(record)
    this.requirements.remove(record)
  }

  /** Follows the life of a child that is a service. */
  changed(record: ServiceRecord, state: ChildState, reason: ExitReason | undefined): void {
    record.changed(state, reason)
    this.requirements.changed(record)
    this.#wakes.review(record)
  }

  #review(): void {
    for (const record of this.#records.values()) record.inbox.review()
    this.#wakes.reviewAll()
  }

  get records(): Iterable<ServiceRecord> {
    return this.#records.values()
  }

  recordOf(id: string): ServiceRecord | undefined {
    return this.#records.get(id)
  }

  /**
   * Attaches a caller and gives it a mailbox. In this order: is the wish one, may the caller have it, is there such a service, is its mailbox of
   * the class asked for; only then it is woken, and only when it runs the mailbox is of use.
   *
   * Errors  Invalid (empty id, not a service, not of the class asked for, a key where there are no partitions); NotFound; PermissionDenied,
   *         whether or not there is such a service; Unavailable (given up or stopped).
   */
  async acquire(id: string, holder: Holder, wish: AcquireWish = NOTHING_SAID): Promise<Mailbox> {
    checkStackRoom()
    const { face, key } = faceAndKey(wish)
    const { record, reception } = this.#admitted(id, face, key, holder)
    const offer = this.#offer(id, record, reception, holder)
    if (face !== undefined && !isOf(offer.mailbox, face)) throw kindError(id, reception.kind, face)
    const wanted = [record, ...offer.parts.map((part) => part.record)]
    let tried: Set<ServiceRecord> | undefined
    record.wanting += 1
    try {
      for (let down = wanted.find(isDown); down !== undefined; down = wanted.find(isDown)) {
        tried ??= new Set()
        await this.#wakes.wake(down, holder, tried)
        this.#permit(id, record, reception, holder)
      }
      if (record.state === "givenUp") throw record.unavailable()
      if (holder.caller?.status === "ended") throw new Unavailable("the process that acquires has ended", { retryable: false })
      this.#attach(record, offer)
      return carried(give(offer.mailbox))
    } finally {
      this.#wantedNoMore(record)
    }
  }

  /** A mailbox that posts nothing yet. */
  #offer(id: string, record: ServiceRecord, reception: Reception, holder: Holder): Offer {
    const number = this.#nextAttachment()
    const { spread } = reception
    const parts =
      spread === undefined
        ? []
        : this.#partitionsOf(record, reception).map((partition) => ({
            record: partition,
            attachment: new Attachment(number, this, partition, spread.part, holder, id),
          }))
    const ports = parts.map(({ attachment }) => attachment)
    const attachment = new Attachment(number, this, record, reception, holder, id, ports)
    const mailbox = spread === undefined ? reception.createMailbox(attachment) : spread.createMailbox(new JoinedPort(attachment, ports))
    refuseForeign("mailbox", mailbox)
    // It was made by an asynchronous function, perhaps.
    givenAtOnce(mailbox, () => new Invalid(`the mailbox of ${id} has a method then: no promise can hand it over`))
    return { attachment, mailbox, parts }
  }

  /** All of them: a mailbox over some of the partitions would send keys where they are not looked for. */
  #partitionsOf(record: ServiceRecord, { partitions = 0 }: Reception): readonly ServiceRecord[] {
    return Array.from({ length: partitions }, (_, index) => {
      const id = partitionId(record.id, index)
      const partition = this.#records.get(id)
      if (partition === undefined) throw new Internal(`${record.id} lacks its partition ${id}`)
      return partition
    })
  }

  /** Where nobody has come, it may be idle: it was woken for this caller, perhaps. */
  #wantedNoMore(record: ServiceRecord): void {
    record.wanting -= 1
    if (record.isUnheld) reconsiderUpwards(record)
  }

  report(event: ServiceEvent): void {
    this.#report(event)
  }

  detached(life: AttachmentLife, record: ServiceRecord): void {
    reconsiderUpwards(record)
    // Its caller holds one mailbox, and that is counted where it is the whole.
    if (life.isPart) return
    record.holders?.delete(life.holder)
    const { caller } = life.holder
    if (caller === undefined) return
    const lives = this.#byCaller.get(caller)
    lives?.delete(life)
    if (lives?.size === 0) this.#byCaller.delete(caller)
  }

  /** Gives back every mailbox an ended process held. */
  callerEnded(process: Process): void {
    const lives = this.#byCaller.get(process)
    if (lives !== undefined) for (const life of lives) life.callerEnded()
  }

  /** The service of that id, or of that id's partition, if the caller may have it. */
  #admitted(id: string, face: Face | undefined, key: string | number | undefined, holder: Holder): Admitted {
    if (typeof id !== "string" || id === "") throw invalid("id", `must be a non-empty service id; got ${shown(id)}`)
    const named = this.#records.get(id)
    const partitions = named?.reception?.partitions
    const record = key === undefined || partitions === undefined ? named : this.#records.get(partitionOf(named as ServiceRecord, key))
    const reception = receptionFor(record, face)
    this.#permit(id, record, reception, holder)
    if (record === undefined) throw new NotFound(`there is no service ${id}`, { details: { field: "id", id } })
    if (key !== undefined && partitions === undefined)
      throw new Invalid(`${id} has no partitions: acquire it without a key`, { details: { field: "key", id } })
    if (reception !== undefined) return { record, reception }
    throw new Invalid(`${id} has no mailbox: it is a plain process`, { details: { field: "id", id } })
  }

  /**
   * Who may not acquire is told nothing, not even whether there is a service: where there is none, or one without a mailbox, they would have to
   * be allowed to acquire something of that id.
   */
  #permit(id: string, record: ServiceRecord | undefined, reception: Reception | undefined, holder: Holder): void {
    if (!this.gate.isConfigured) return
    const own = reception?.acquireAction
    const actions = own === undefined ? this.#acquireActions() : [own]
    const rulings = actions.map((action) => ({
      action,
      ...this.gate.check(holder, { action, resource: record?.id ?? id, attributes: {} }),
    }))
    if (rulings.some(({ decision }) => this.gate.permits(decision))) return
    const [{ action, policy }] = rulings as [(typeof rulings)[number]]
    throw this.gate.denyAcquire(holder, action, id, policy)
  }

  /** What acquiring needs permission for, in this application. */
  #acquireActions(): readonly string[] {
    const actions = new Set(["service.acquire"])
    for (const { reception } of this.#records.values()) if (reception !== undefined) actions.add(reception.acquireAction)
    return [...actions]
  }

  /** Of a partition its supervisor: what is said of that counts for it too. So it does where there is no such partition, which nobody need know. */
  #coverOf(id: string): string | undefined {
    const cover = /^(.+)#\d+$/.exec(id)?.[1]
    if (cover === undefined || !this.#records.has(id)) return cover
    return this.#records.get(cover)?.reception?.partitions === undefined ? undefined : cover
  }

  #attach(record: ServiceRecord, { attachment, parts }: Offer): void {
    const { caller } = attachment.holder
    for (const part of [...parts, { record, attachment }]) {
      part.attachment.life.attached()
      part.record.attachments.add(part.attachment)
      part.record.held += 1
    }
    if (caller !== undefined) {
      const lives = this.#byCaller.get(caller) ?? new Set()
      this.#byCaller.set(caller, lives.add(attachment.life))
    }
    this.#report({ type: "attached", service: record.id, principal: attachment.principal.id, attachment: attachment.id })
    record.holders ??= new HolderCounts()
    const held = record.holders.add(attachment.holder)
    if (held === undefined) return
    const { id } = attachment.principal
    this.#report({ type: "many_attachments", service: record.id, principal: id, pid: caller?.pid, label: caller?.label, held })
  }

  #nextAttachment(): number {
    this.#lastAttachment += 1
    return this.#lastAttachment
  }
}

/** What is to be acquired, and how it is received. */
interface Admitted {
  readonly record: ServiceRecord
  readonly reception: Reception
}

/** A mailbox, and what stands behind it. */
interface Offer {
  readonly mailbox: Mailbox
  readonly attachment: Attachment
  /** To each partition, where it is over several. */
  readonly parts: readonly { readonly record: ServiceRecord; readonly attachment: Attachment }[]
}

/** Whether it has to be woken before it can be attached to. */
function isDown(record: ServiceRecord): boolean {
  return record.state === "stopping" || record.state === "stopped" || idleAbove(record) !== undefined
}

/** Of a service with partitions: who asks for a supervisor's mailbox means the supervisor. */
function receptionFor(record: ServiceRecord | undefined, face: Face | undefined): Reception | undefined {
  const spread = record?.reception?.spread
  if (spread === undefined || face === undefined) return record?.reception
  const { administration, supervisor } = spread
  return face.prototype === administration || Object.prototype.isPrototypeOf.call(administration, face.prototype)
    ? supervisor
    : record?.reception
}

/** A class as far as it decides: by its prototype, and by no code of its own. */
interface Face {
  readonly prototype: object
  readonly made: object
}

function faceAndKey({ as, key }: AcquireWish): { readonly face: Face | undefined; readonly key: string | number | undefined } {
  refuseForeign("as", as)
  if (key !== undefined) checkKey(key)
  return { face: as === undefined ? undefined : faceOf(as), key }
}

function faceOf(as: FaceClass<unknown>): Face {
  const prototype: unknown = typeof as === "function" ? as.prototype : undefined
  if (typeof prototype !== "object" || prototype === null) throw invalid("as", `must be a class of mailboxes; got ${shown(as)}`)
  return { prototype, made: as }
}

function isOf(mailbox: Mailbox, { prototype }: Face): boolean {
  return Object.prototype.isPrototypeOf.call(prototype, mailbox)
}

function kindError(id: string, kind: string, { made }: Face): Invalid {
  const name: unknown = Object.getOwnPropertyDescriptor(made, "name")?.value
  const wanted = typeof name === "string" && name !== "" ? name : "such mailbox"
  return new Invalid(`${id} is a ${kind}: its mailbox is no ${wanted}`, { details: { field: "id", id } })
}
