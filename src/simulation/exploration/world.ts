/** What a scenario and its invariants see of the world that they run in. */

import type { Host } from "../../kernel/host.ts"
import { isA } from "../../kernel/instance.ts"
import { anything, callback, listOf, text } from "../../kernel/option-fields.ts"
import { Process } from "../../kernel/process.ts"
import { SystemProcess } from "../../process/system-process.ts"
import type { Knowledge } from "../judges/judges.ts"
import { actorOf } from "../scene/actor.ts"
import { notNow } from "../scene/declared-operations.ts"
import type { OutsideCall } from "../scene/outside-calls.ts"
import type { Scene } from "../scene/scene.ts"
import { startedIn } from "../scene/started-in.ts"

/** What is known of actors: of what they hold, and where what they have outside of the program is while a schedule has it. */
export interface ActorKnowledge extends Knowledge {
  /** Told whose world the program is in; `undefined`: in none. */
  readonly present: (world: World | undefined) => void
}

/** Whether it is the world of some schedule, as an application is made for. */
export function isWorld(value: unknown): value is World {
  return isA(value, World)
}

const LIST = listOf(anything, "a list of operations")
const WORK = callback<() => unknown>()

/** As `world.external`, of what stands for a database or a file. */
export let callOutside: <T>(world: World, call: OutsideCall<T>) => Promise<T>

/** The next place among all asks and answers of the schedule, and whose code runs: a process by what tells it from its namesakes, where it is one's. */
export let presentPlace: (world: World) => { readonly at: number; readonly by: string | undefined }

/** What goes with a world: made when it is asked for first. In a weak table beside it, it would outlive its world until the host tidies up all its memory. */
export let belongingOf: <Belonging>(world: World, key: object, make: () => Belonging) => Belonging

/** Whose state or entries were asked for last and were not there, as far as is known since that was said last; from now on it is `next`. */
export let absentIn: (world: World, next?: string) => string | undefined

/** How many entries a store of that world removes at once; `undefined`: as many as usual. */
export let sweepLimitOf: (world: World) => number | undefined

/**
 * The world of one schedule. `stateOf`, `entriesOf` and `processes` serve invariants alone: an application that looked at them would do so in no order.
 */
export class World {
  readonly #scene: Scene
  readonly #knowledge: Knowledge
  readonly #belongings = new Map<object, unknown>()
  #absent: string | undefined = undefined

  static {
    absentIn = (world, next) => {
      const id = world.#absent
      world.#absent = next
      return id
    }
    belongingOf = <Belonging>(world: World, key: object, make: () => Belonging): Belonging => {
      if (!world.#belongings.has(key)) world.#belongings.set(key, make())
      // What stands under a key was made by who has the key.
      return world.#belongings.get(key) as Belonging
    }
    sweepLimitOf = (world) => world.#scene.boundOf("small_sweep", "stores")
    callOutside = (world, call) => world.#scene.external(call)
    presentPlace = (world) => world.#presentPlace()
  }

  constructor(scene: Scene, knowledge: Knowledge) {
    this.#scene = scene
    this.#knowledge = knowledge
  }

  /** For a runtime that the scenario starts itself: `start(tree, { host: world.host })`. */
  get host(): Host {
    return this.#scene.host
  }

  /** Milliseconds since the schedule began. */
  get now(): number {
    return this.#scene.now
  }

  /** A number in [0, 1), drawn for this schedule. */
  random(): number {
    return this.#scene.random()
  }

  /**
   * The state of the process behind an id, itself and no copy; `undefined` between two incarnations, and for what has no state to show. Of several runtimes that
   * of the one which was started first, as for `entriesOf`.
   */
  stateOf(id: string): unknown {
    const process = this.#livingOf(id).find(({ label }) => label === id)
    const state = process !== undefined && isShowing(process) ? process.systemState() : undefined
    if (state === undefined) this.#absent = id
    return state
  }

  /**
   * What a store holds now, by key, those of all its partitions; `undefined` where none of it runs, and for what is no store. Looking counts as no reading.
   */
  entriesOf(id: string): ReadonlyMap<string, unknown> | undefined {
    const parts = this.#livingOf(id).filter(({ label }) => label === id || label.startsWith(`${id}#`))
    const held = parts.map((process) => (isShowing(process) ? this.#knowledge.entriesOf(process.systemState()) : undefined))
    const known = held.filter((entries) => entries !== undefined)
    if (known.length > 0) return new Map(known.flatMap((entries) => [...entries]))
    this.#absent = id
    return undefined
  }

  /** The labels of all processes that live, in the order in which they were started. */
  get processes(): readonly string[] {
    return this.#living().map(({ label }) => label)
  }

  /**
   * A call of the world outside (a database, another service) that is simulated: `work` is done at once, and its outcome arrives when the
   * schedule says so.
   *
   * Errors  Invalid: a name that is no text, work that is no function; whatever the work fails with. Conflict, once the schedule is over that the world is of.
   */
  external<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    try {
      text(name, "name")
      WORK(work, "work")
    } catch (error) {
      return Promise.reject(error)
    }
    return this.#scene.external({ name, what: "call", sort: "external", work })
  }

  /**
   * Declares what the scenario does, one item an operation, whatever an item is: data, functions, commands. Gives those that are done in this schedule, in their
   * order: all of them, until one fails. Then those are left out that the failure does not need, and `report.failure.operations` says which are left. A scenario
   * may declare several lists, and so may each of its processes.
   *
   * What must hold is said of the operations that were given, and not of the whole list.
   *
   * Errors  Invalid, for what is no list. Conflict, in an invariant, and once the scenario or its schedule is over.
   * Cost    a decision an operation.
   */
  operations<Item>(list: readonly Item[]): readonly Item[] {
    const items = LIST(list, "operations") as readonly Item[]
    const { declared } = this.#scene
    if (declared === undefined) throw notNow()
    return declared.keptOf(items, this.#scene.presentProcess())
  }

  /** Of one runtime: the first that has a service of that id; of all, where that is nobody's. */
  #livingOf(id: string): Process[] {
    const runtime = this.#scene.namesakes.runtimeOf(id)
    const all = this.#living()
    return runtime === undefined ? all : all.filter(({ kernel }) => kernel === runtime)
  }

  #presentPlace(): ReturnType<typeof presentPlace> {
    const process = this.#scene.presentProcess()
    const by = process && actorOf(process)
    return { at: this.#scene.nextId(), by }
  }

  #living(): Process[] {
    return startedIn(this.#scene.kernels).filter((process): process is Process => process instanceof Process)
  }
}

/** It has begun, and has a state to show. */
function isShowing(process: Process): process is SystemProcess {
  return process instanceof SystemProcess && process.isStarted
}
