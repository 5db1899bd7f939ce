/**
 * What a whole exploration has of the program: its globals, its rejections, and an eye on what is begun outside. There is one such in a program at a
 * time.
 */

import { ForeignWatch, type ForeignWork } from "../program/foreign-work.ts"
import { watchRejections } from "../program/uncaught.ts"
import { takeOver, type WorldClock, type WorldGlobals } from "../program/world-globals.ts"
import type { Scene } from "../scene/scene.ts"
import type { Hold } from "./drive.ts"

/** Told what a schedule must not do. */
export interface Watcher {
  /** The program is its schedule's from now on … */
  entered(): void
  /** … and the host's again. */
  left(): void
  /** A promise was rejected, and nobody has looked at it by the end of the step. */
  rejected(error: unknown, promise: Promise<unknown>): void
  /** Somebody has, after all. */
  handled(promise: Promise<unknown>): void
  /** A callback of a tick or a microtask threw. */
  threw(error: unknown): void
  /** Something was begun outside. */
  began(work: ForeignWork): void
  /** Whether something outside that is allowed may still be answered. */
  isAnswerUnderWay: () => boolean
}

export class Theatre {
  readonly #globals: WorldGlobals
  readonly #foreign: ForeignWatch

  /** `allow`: kinds of work outside that are none of a schedule's failures. Errors: Conflict, where another exploration is under way. */
  constructor(allow: readonly string[]) {
    // Between two schedules they are the host's.
    this.#globals = takeOver(undefined)
    this.#foreign = new ForeignWatch(allow)
  }

  /** While that scene is played. */
  hold(scene: Scene, watcher: Watcher): Hold {
    const clock = clockOf(scene, (what) => this.#foreign.note(what))
    const isAnswerUnderWay = (): boolean => this.#foreign.isAnswerUnderWay
    watcher.isAnswerUnderWay = isAnswerUnderWay
    let unwatch = (): void => {}
    const look = (): void => {
      const [work] = this.#foreign.noted()
      if (work !== undefined) watcher.began(work)
    }
    return {
      begin: () => {
        this.#globals.serve(clock)
        watcher.entered()
        unwatch = watchRejections((error, promise) => watcher.rejected(error, promise), {
          handled: (promise) => watcher.handled(promise),
          threw: (error) => watcher.threw(error),
        })
        this.#foreign.start()
      },
      look,
      apart: (work) => this.#foreign.apart(work),
      end: () => {
        this.#foreign.pause()
        look()
        unwatch()
        watcher.left()
        this.#globals.serve(undefined)
      },
    }
  }

  /** Gives all of it back. */
  close(): void {
    this.#foreign.stop()
    this.#globals.giveBack()
  }
}

function clockOf(scene: Scene, refused: WorldClock["refused"]): WorldClock {
  return {
    now: () => scene.now,
    systemTime: () => scene.systemTime(),
    setTimer: (callback, delayMs, what) => scene.setTimer(callback, delayMs, what),
    clearTimer: (timer) => scene.clearTimer(timer),
    turn: (callback) => scene.turn(callback),
    clearTurn: (turn) => scene.clearTurn(turn),
    random: () => scene.random(),
    refused,
  }
}
