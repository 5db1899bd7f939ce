/**
 * Calls of the world outside that are under way: each is carried out in a step of its own, and its outcome arrives in another. A fault makes one fail: where it
 * has not been carried out, or where it has, and its caller is told of a failure all the same.
 *
 * It decides nothing. In which order calls are carried out is the schedule's, but for those that are not ready before others were.
 */

import { Conflict, Unavailable } from "../../kernel/errors.ts"
import { actorOf } from "./actor.ts"
import { type Asked, Calling, type Candidate, type OutsideSort } from "./candidate.ts"
import type { ScenePort } from "./scene-port.ts"

/** A call, as whoever makes it says it. */
export interface OutsideCall<T> {
  /** What is called: a service outside, a database. */
  readonly name: string
  /** What it is asked to do. */
  readonly what: string
  /** What it is of, for faults; `undefined`: it never fails by one. */
  readonly sort: OutsideSort | undefined
  readonly work: () => T | Promise<T>
  /** Whether it may be carried out now. Default: whenever the schedule likes. */
  readonly isReady?: (() => boolean) | undefined
  /** Damages what it is to find there. Default: nobody can. */
  readonly tear?: (() => void) | undefined
}

type Stage = Pick<ScenePort, "nextId" | "presentProcess" | "answered">

export class OutsideCalls {
  readonly #stage: Stage
  readonly #waiting = new Set<Calling>()
  /** Those that are carried out, and have no outcome. */
  readonly #underWay = new Set<Asked>()
  #isClosed = false

  constructor(stage: Stage) {
    this.#stage = stage
  }

  /** Those that have not been carried out. */
  get waiting(): Iterable<Calling> {
    return this.#waiting
  }

  /** Those that nobody has answered. */
  get unanswered(): readonly Asked[] {
    return [...this.#underWay, ...Array.from(this.#waiting, ({ asked }) => asked)]
  }

  /** Adds those that could be carried out now. */
  findReady(found: Candidate[]): void {
    if (this.#waiting.size > 0) for (const calling of this.#waiting) if (calling.isReady()) found.push(calling)
  }

  /** The schedule is over: whoever calls from now on has kept what was another's. */
  close(): void {
    this.#isClosed = true
  }

  /** `announce` is told of it before anything else. Errors: Conflict, once the schedule is over. */
  call<T>({ name, what, sort, work, isReady = always, tear }: OutsideCall<T>, announce: (calling: Calling) => void): Promise<T> {
    if (this.#isClosed) return Promise.reject(tooLate(name, what))
    const asker = this.#stage.presentProcess()
    return new Promise((resolve, reject) => {
      const asked: Asked & { called?: Calling } = {
        ...{ asker, inbox: undefined, target: name, request: undefined, operation: what },
        ...{ limitMs: 0, until: Number.POSITIVE_INFINITY, expire: () => {} },
        ...(sort === undefined ? {} : { outside: { sort, reject, tear } }),
      }
      const carryOut = async (): Promise<void> => {
        try {
          const value = await work()
          this.#answered(asked, false, () => resolve(value))
        } catch (error) {
          this.#answered(asked, true, () => reject(error))
        }
      }
      const calling = new Calling(this.#stage.nextId(), actorOf(asker), asked, () => void carryOut(), isReady)
      asked.called = calling
      announce(calling)
      this.#waiting.add(calling)
    })
  }

  #answered(asked: Asked, isFailure: boolean, deliver: () => void): void {
    this.#underWay.delete(asked)
    this.#stage.answered(asked, isFailure, deliver)
  }

  /** It is being carried out. */
  take(calling: Calling): void {
    this.#waiting.delete(calling)
    this.#underWay.add(calling.asked)
  }

  /** It never comes there, and its caller is told so. */
  fail(calling: Calling): void {
    this.take(calling)
    const { asked } = calling
    this.#answered(asked, true, () => asked.outside?.reject(failureOf(asked)))
  }
}

const always = (): boolean => true

function tooLate(target: string, operation: string): Conflict {
  const message = `${target} was called in a world whose schedule is over: what an application is given of its world is made anew in each`
  return new Conflict(message, { details: { target, operation } })
}

/** What a caller is told whose call was made to fail. */
export function failureOf({ target, operation }: Asked): Unavailable {
  return new Unavailable(`${target} was made to fail at ${operation}: it may have been done or not`, { details: { target, operation } })
}
