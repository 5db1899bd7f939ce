/**
 * The inspection stream in XState's inspection protocol, so that what shows XState's actors shows the runtime's processes too.
 *
 * A process is an actor: `spawned` comes as `@xstate.actor` with its first snapshot, `exited` as its last snapshot and, as from an
 * XState child, an event to its parent. Everything else comes as an `@xstate.event` named `pigeonhole.TYPE` to the process it is about.
 *
 * Invariants
 * - No event of the stream is left out.
 * - Living processes are remembered, dead ones are not.
 */

import type { ActorOptions, ActorRefLike, AnyActorLogic, EventObject, Snapshot, InspectionEvent as XStateEvent } from "xstate"
import { Conflict } from "../kernel/errors.ts"
import type { ExitReason } from "../kernel/exit-reason.ts"
import type { Pid } from "../kernel/pid.ts"
import type { KernelEvent } from "../kernel/trace.ts"
import { observer as observerField } from "../statechart/statechart-callbacks.ts"
import { toObserver } from "../statechart/xstate-peer.ts"
import type { InspectionEvent, Inspector } from "./inspection-event.ts"

/** What XState's `inspect` takes: a function or an observer. */
export type XStateInspector = NonNullable<ActorOptions<AnyActorLogic>["inspect"]>

/**
 * Makes an inspector for `start(tree, { inspect })` or `runtime.inspect` of one for XState.
 *
 * The actors in its events can be looked at and not sent to. What happens inside a statechart is told to its own option `inspect`: give
 * both the same observer.
 *
 * @example
 * import type { InspectionEvent } from "xstate"
 * const seen: string[] = []
 * const remove = runtime.inspect(inspectionToXState((event: InspectionEvent) => seen.push(event.type)))
 * runtime.spawn(actor(async () => {}))
 * remove()
 * seen // => ["@xstate.actor", "@xstate.event", "@xstate.snapshot"]
 */
export function inspectionToXState(observer: XStateInspector): Inspector {
  const { next } = toObserver(observerField(observer, "observer"))
  const translation = new Translation((event) => next?.(event))
  return (event) => translation.translate(event)
}

/** A process as XState's inspectors see it. */
class InspectedProcess implements ActorRefLike {
  readonly id: string
  readonly sessionId: string
  readonly _parent: InspectedProcess | undefined
  snapshot: Snapshot<undefined> = { status: "active", output: undefined, error: undefined }

  constructor(id: string, sessionId: string, parent: InspectedProcess | undefined) {
    this.id = id
    this.sessionId = sessionId
    this._parent = parent
  }

  /** The topmost process above it. */
  get rootId(): string {
    return this._parent?.rootId ?? this.sessionId
  }

  getSnapshot(): Snapshot<undefined> {
    return this.snapshot
  }

  send(): never {
    throw new Conflict(`${this.id} can be looked at and not sent to: tell its pid`, { details: { target: this.id } })
  }
}

type Spawned = Extract<KernelEvent, { readonly type: "spawned" }>
type Exited = Extract<KernelEvent, { readonly type: "exited" }>

const INIT: EventObject = { type: "xstate.init" }

class Translation {
  readonly #emit: (event: XStateEvent) => void
  readonly #byPid = new Map<Pid, InspectedProcess>()
  /** The present incarnation of each name. */
  readonly #byLabel = new Map<string, InspectedProcess>()
  /** Stands for what no living process is known for: a name between two incarnations, the policies. */
  #runtime: InspectedProcess | undefined = undefined

  constructor(emit: (event: XStateEvent) => void) {
    this.#emit = emit
  }

  translate(event: InspectionEvent): void {
    if (event.type === "spawned") this.#spawned(event)
    else if (event.type === "exited") this.#exited(event)
    else this.#event(undefined, this.#subjectOf(event), { ...event, type: `pigeonhole.${event.type}` })
  }

  #spawned({ pid, label, parent }: Spawned): void {
    const process = this.#add(pid, label, parent)
    this.#event(process._parent, process, INIT)
    this.#snapshot(process, INIT)
  }

  #exited({ pid, label, reason }: Exited): void {
    const process = this.#byPid.get(pid) ?? this.#add(pid, label, undefined)
    process.snapshot = lastSnapshot(reason)
    this.#byPid.delete(pid)
    if (this.#byLabel.get(label) === process) this.#byLabel.delete(label)
    this.#snapshot(process, exitedEvent(reason))
    const farewell = farewellOf(process)
    if (farewell !== undefined && process._parent !== undefined) this.#event(process, process._parent, farewell)
  }

  /** One that was there before the inspector is introduced when it is first spoken of. */
  #add(pid: Pid, label: string, parent: Pid | undefined): InspectedProcess {
    const above = parent === undefined ? undefined : (this.#byPid.get(parent) ?? this.#add(parent, parent.toString(), undefined))
    const process = new InspectedProcess(label, pid.toString(), above)
    this.#byPid.set(pid, process)
    this.#byLabel.set(label, process)
    this.#emit({ type: "@xstate.actor", actorRef: process, rootId: process.rootId })
    return process
  }

  #subjectOf(event: InspectionEvent): InspectedProcess {
    const label = labelOf(event)
    return (label === undefined ? undefined : this.#byLabel.get(label)) ?? this.#runtimeItself()
  }

  #runtimeItself(): InspectedProcess {
    if (this.#runtime !== undefined) return this.#runtime
    this.#runtime = new InspectedProcess("pigeonhole", "pigeonhole", undefined)
    this.#emit({ type: "@xstate.actor", actorRef: this.#runtime, rootId: this.#runtime.rootId })
    return this.#runtime
  }

  #event(sourceRef: InspectedProcess | undefined, actorRef: InspectedProcess, event: EventObject): void {
    this.#emit({ type: "@xstate.event", sourceRef, actorRef, rootId: actorRef.rootId, event })
  }

  #snapshot(actorRef: InspectedProcess, event: EventObject): void {
    this.#emit({ type: "@xstate.snapshot", actorRef, rootId: actorRef.rootId, event, snapshot: actorRef.snapshot })
  }
}

/** Whom an event is about; `undefined`: nobody alone. */
function labelOf(event: InspectionEvent): string | undefined {
  if ("target" in event) return event.target
  if ("supervisor" in event) return event.supervisor
  if ("service" in event) return event.service
  if ("label" in event) return event.label
  return "resource" in event ? event.resource : undefined
}

function lastSnapshot(reason: ExitReason): Snapshot<undefined> {
  if (reason === "normal") return { status: "done", output: undefined, error: undefined }
  if (typeof reason === "object" && "error" in reason) return { status: "error", output: undefined, error: reason.error }
  return { status: "stopped", output: undefined, error: undefined }
}

function exitedEvent(reason: ExitReason): EventObject & { readonly reason: ExitReason } {
  return { type: "pigeonhole.exited", reason }
}

/** What an XState child would tell its parent; one that was stopped tells it nothing. */
function farewellOf({ id, snapshot }: InspectedProcess): EventObject | undefined {
  const { status, error } = snapshot
  if (status === "done") return farewell(`xstate.done.actor.${id}`, { output: undefined, actorId: id })
  return status === "error" ? farewell(`xstate.error.actor.${id}`, { error, actorId: id }) : undefined
}

function farewell(type: string, fields: object): EventObject {
  return { ...fields, type }
}
