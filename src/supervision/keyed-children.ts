/**
 * Children of a dynamic supervisor that are found by a key of a registry: looked up, or started where there is none, in one step.
 *
 * Invariants
 * - Of those that a supervisor starts by a key there is one at a time, however many ask for it.
 * - Who asks is given the pid of a process that has started and takes messages, or the error for which there is none.
 * - Each incarnation has the key before anybody can know of it, and loses it before its end is heard of.
 *
 * Source  Elixir, DynamicSupervisor.start_child/2 with a `:via` name: {:error, {:already_started, pid}}. Differs: who has the key is the
 *         answer, and is waited for while it starts, ends or is to be restarted.
 */

import { fail } from "../kernel/answer.ts"
import type { Envelope } from "../kernel/envelope.ts"
import { Conflict } from "../kernel/errors.ts"
import type { Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import type { Registries } from "../topology/registries.ts"
import type { Registry } from "../topology/registry.ts"
import type { RegistryDefinition, RegistryKey } from "../topology/registry-definition.ts"
import type { SupervisedChild } from "./supervised-child.ts"
import { startError } from "./supervisor-errors.ts"
import type { ChildRequest } from "./supervisor-route.ts"

/** Where a child stands in a registry, whichever incarnation of it. */
export class KeyedPlace {
  readonly registry: Registry<unknown>
  readonly key: RegistryKey
  /** The child that stands there, once there is one. */
  child: SupervisedChild | undefined = undefined
  readonly #value: unknown

  constructor(registry: Registry<unknown>, key: RegistryKey, value: unknown) {
    this.registry = registry
    this.key = key
    this.#value = value
  }

  /**
   * Registers a process, and launches it. Throws `AlreadyExists` where another has taken the key since its last incarnation: then it is not tried
   * again, as it is wanted no more, and its supervisor is not to give up for that.
   */
  launch(process: Process): Process {
    if (this.child !== undefined && this.registry.holderOf(this.key) !== undefined) this.child.isRequested = true
    this.registry.register(process, this.key, this.#value)
    try {
      return process.kernel.launch(process)
    } catch (error) {
      this.registry.unregister(process, this.key)
      throw error
    }
  }
}

/** Adds a child that is to stand there, and begins to start it. Throws where there is no room for it, or it is none. */
export type StartAt = (place: KeyedPlace) => SupervisedChild

export class KeyedChildren {
  readonly #supervisor: string
  readonly #registries: Registries
  readonly #children = new Map<Registry<unknown>, Map<RegistryKey, SupervisedChild>>()
  readonly #places = new Map<SupervisedChild, KeyedPlace>()
  /** Who waits for which child to be in another state. */
  readonly #waiting = new Map<SupervisedChild, Set<Envelope>>()

  /** Calls back once all that waits for the supervisor now has had its turn. */
  readonly #afterWaiting: (callback: () => void) => void

  /** `supervisor`: how errors call it. */
  constructor(supervisor: string, registries: Registries, afterWaiting: (callback: () => void) => void) {
    this.#supervisor = supervisor
    this.#registries = registries
    this.#afterWaiting = afterWaiting
  }

  /**
   * Looks again after each wait: each is for somebody to be in another state, and who has started one starts no other. For who has had an
   * answer, as its time has run out, nothing is started any more.
   */
  async lookUpOrStart(request: Envelope, start: StartAt): Promise<Pid | undefined> {
    const { registry, key, value } = request.argument as ChildRequest
    const place = new KeyedPlace(this.#registries.of(registry as RegistryDefinition<unknown>), key as RegistryKey, value)
    const { waits } = this.#registries
    let own: SupervisedChild | undefined
    while (!request.isSettled) {
      const holder = place.registry.holderOf(place.key)
      if (holder !== undefined && isServing(holder)) return holder.pid
      const child = this.#childAt(place)
      if (own !== undefined && child !== own) throw startError(this.#supervisor, own)
      const awaited = child?.process ?? holder
      this.#refuseSelfWait(request, awaited)
      if (child?.isDown === true) throw startError(this.#supervisor, child)
      if (child !== undefined) await waits.during(request, awaited, this.#moved(child, request))
      else if (holder !== undefined) await waits.during(request, awaited, moved(holder))
      else own = this.#add(place, start(place))
    }
    return undefined
  }

  /** Nor does anybody wait for one that waits for it, by however many others, or by a task. */
  #refuseSelfWait({ asker }: Envelope, awaited: Process | undefined): void {
    if (asker === undefined || awaited === undefined || !this.#registries.waits.leadsBack(awaited, asker)) return
    throw selfWaitError(asker.label, awaited.label)
  }

  /** It will not be started any more, and its supervisor ends with it: who waits for it is told why. */
  gaveUp(child: SupervisedChild): void {
    for (const request of this.#waiting.get(child) ?? []) if (!request.isSettled) fail(request, startError(this.#supervisor, child))
  }

  /**
   * Its supervisor knows it no longer. Where it has never run, whoever had asked for it before its start has failed has waited for that start,
   * though the request has not had its turn yet: it is not tried once for each of them.
   */
  forget(child: SupervisedChild): void {
    const place = this.#places.get(child)
    if (place === undefined) return
    this.#places.delete(child)
    if (child.knownPid === undefined) this.#afterWaiting(() => this.#drop(child, place))
    else this.#drop(child, place)
  }

  #drop(child: SupervisedChild, place: KeyedPlace): void {
    const byKey = this.#children.get(place.registry)
    if (byKey?.get(place.key) === child) byKey.delete(place.key)
    if (byKey?.size === 0) this.#children.delete(place.registry)
  }

  #add(place: KeyedPlace, child: SupervisedChild): SupervisedChild {
    place.child = child
    this.#places.set(child, place)
    const byKey = this.#children.get(place.registry) ?? new Map<RegistryKey, SupervisedChild>()
    this.#children.set(place.registry, byKey.set(place.key, child))
    return child
  }

  /** The one of that key; not one that has given the key back though it runs. */
  #childAt({ registry, key }: KeyedPlace): SupervisedChild | undefined {
    const child = this.#children.get(registry)?.get(key)
    if (child?.state !== "running" || child.process === undefined || !isServing(child.process)) return child
    this.forget(child)
    return undefined
  }

  /** Throws where it could not be started: who has waited for it hears why. */
  async #moved(child: SupervisedChild, request: Envelope): Promise<void> {
    const { state, process, isRequested } = child
    const waiting = this.#waiting.get(child) ?? new Set()
    this.#waiting.set(child, waiting.add(request))
    await child.until((now) => now.state !== state || now.process !== process)
    waiting.delete(request)
    if (waiting.size === 0) this.#waiting.delete(child)
    if (isRequested && child.isDown) throw startError(this.#supervisor, child)
  }
}

/** Whether it has started, and takes what is sent to it. One that has crashed is not serving, though the crash is yet to be carried out. */
export function isServing(process: Process): boolean {
  return process.isStarted && process.inbox.attendant === process && process.kernel.cut?.process !== process
}

/** It asks for the key of one that neither runs nor will before the asker has an answer: its own, or of one that waits for it. */
function selfWaitError(asker: string, target: string): Conflict {
  const message = `${asker} asks for the key of ${target}, which starts or ends, and that waits for ${asker}: it could only wait for itself`
  return new Conflict(message, { details: { target } })
}

/** One that somebody else has started has started, or has ended. */
function moved(process: Process): Promise<unknown> {
  return new Promise((resolve) => (process.isStarted ? process.onEnded(resolve) : process.onStarted(resolve)))
}
