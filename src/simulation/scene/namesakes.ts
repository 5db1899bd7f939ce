/**
 * Services and processes of one id in several runtimes at once: which of them is meant by a name. The first is called by its id alone, another also by the runtime that it is of.
 *
 * A runtime that comes when an earlier one has ended takes its place: what a service has on a disk is what the one before has left there.
 */

import type { Launched } from "../../kernel/process-table.ts"

/** What they belong to: its kernel. */
export interface RuntimeOf {
  readonly processes: Iterable<Launched> & { readonly size: number }
}

/** A service, or another process, in whatever runtime has its place now. */
interface Place {
  readonly id: string
  readonly name: string
  runtime: RuntimeOf
}

export class Namesakes {
  /** Which of them each is, from 1. */
  readonly #ordinals = new Map<RuntimeOf, number>()
  readonly #byId = new Map<string, Place[]>()
  readonly #byName = new Map<string, Place>()
  #runtimes = 0

  /** A runtime has somebody of that id. */
  add(runtime: RuntimeOf, id: string): void {
    const places = this.#byId.get(id) ?? []
    if (places.some((place) => place.runtime === runtime)) return
    const left = places.find((place) => place.runtime.processes.size === 0)
    const place = this.#ordinals.get(runtime) ?? this.#comes(runtime, left?.runtime)
    if (left !== undefined) left.runtime = runtime
    else this.#begin(places, { id, name: places.length === 0 ? id : `${id} of ${called(place)}`, runtime })
  }

  /** A runtime is heard of for the first time. */
  #comes(runtime: RuntimeOf, left: RuntimeOf | undefined): number {
    const place = left === undefined ? undefined : this.#ordinals.get(left)
    if (place === undefined) this.#runtimes += 1
    this.#ordinals.set(runtime, place ?? this.#runtimes)
    return place ?? this.#runtimes
  }

  /** What tells that of a runtime from its namesakes, from now on. */
  called(runtime: RuntimeOf, label: string): string {
    this.add(runtime, label)
    return this.nameOf({ label, kernel: runtime })
  }

  /** What tells a runtime from the first; of that, `undefined`. */
  runtimeName(runtime: object): string | undefined {
    const place = this.#ordinals.get(runtime as RuntimeOf) ?? 1
    return place === 1 ? undefined : called(place)
  }

  #begin(places: Place[], place: Place): void {
    places.push(place)
    this.#byId.set(place.id, places)
    this.#byName.set(place.name, place)
  }

  /** What tells a service from its namesakes; of what is none, its label. */
  nameOf({ label, kernel }: { readonly label: string; readonly kernel: object }): string {
    const places = this.#byId.get(label)
    if (places === undefined || places.length === 1) return label
    return places.find(({ runtime }) => runtime === kernel)?.name ?? label
  }

  /** The id of the service that is called so. */
  idOf(name: string): string {
    return this.#byName.get(name)?.id ?? name
  }

  /** The first runtime that lives and has a service of that id. */
  runtimeOf(id: string): RuntimeOf | undefined {
    return this.#byId.get(id)?.find(({ runtime }) => runtime.processes.size > 0)?.runtime
  }
}

function called(place: number): string {
  return `the ${ordinal(place)} runtime`
}

function ordinal(place: number): string {
  return `${place}${["th", "st", "nd", "rd"][place % 100 > 10 && place % 100 < 14 ? 0 : place % 10] ?? "th"}`
}
