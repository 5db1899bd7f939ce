/**
 * What a whole exploration has of the program: its globals, its rejections, and an eye on what is begun outside. There is one such in a program at a
 * time.
 */

import { putHost } from "../../kernel/present-host.ts"
import type { AllowedWork } from "../program/allowed-work.ts"
import { ForeignWatch, type ForeignWork } from "../program/foreign-work.ts"
import { watchRejections } from "../program/uncaught.ts"
import { takeOver, type WorldClock, type WorldGlobals } from "../program/world-globals.ts"
import type { Scene } from "../scene/scene.ts"
import type { Hold } from "./drive.ts"
import type { Strays } from "./strays.ts"

/** Told what a schedule must not do. */
export interface Watcher {
  /** The program is its schedule's from now on … */
  entered(): void
  /** … and the host's again. */
  left(): void
  /** Told what comes to nobody. */
  readonly strays: Strays
  /** Given by who notices it: what is allowed outside. */
  outside: Outside | undefined
}

/** What is allowed outside, as a schedule sees it. */
export type Outside = Pick<AllowedWork, "isAwaited" | "moved" | "inVain">

export class Theatre {
  readonly #globals: WorldGlobals
  readonly #foreign: ForeignWatch
  /** Whose schedule has the program. */
  #strays: Strays | undefined = undefined
  #unwatch: (() => void) | undefined = undefined
  #isHeld = false
  #isInTurn = false

  /** `allow`: kinds of work outside that are none of a schedule's failures. Errors: Conflict, where another exploration is under way. */
  constructor(allow: readonly string[]) {
    // Between two schedules they are the host's.
    this.#globals = takeOver(undefined)
    this.#foreign = new ForeignWatch(allow)
  }

  /** While that scene is played. */
  hold(scene: Scene, watcher: Watcher): Hold {
    const clock = clockOf(scene, (what) => this.#foreign.note(what))
    this.#foreign.allowed.begin()
    watcher.outside = this.#foreign.allowed
    const { strays } = watcher
    const look = (): void => {
      const noted = this.#foreign.noted()
      if (noted.length > 0) strays.began(noted[0] as ForeignWork)
    }
    return {
      begin: () => {
        this.#globals.serve(clock)
        putHost(scene.host)
        watcher.entered()
        this.#isHeld = true
        this.#strays = strays
        this.#unwatch ??= this.#watch()
        this.#foreign.start()
      },
      look,
      apart: (work) => this.#foreign.apart(work),
      end: () => {
        this.#foreign.pause()
        look()
        this.#isHeld = false
        if (!this.#isInTurn) this.#lookAway()
        watcher.left()
        putHost(undefined)
        this.#globals.serve(undefined)
      },
    }
  }

  /** What is done in one turn of the host's, and is no concern of anybody's between two schedules of it: nothing is moved for each that need not be. */
  inOneTurn<Result>(work: () => Result): Result {
    this.#isInTurn = true
    try {
      return work()
    } finally {
      this.#isInTurn = false
      if (!this.#isHeld) this.#lookAway()
    }
  }

  #watch(): () => void {
    return watchRejections((error, promise) => this.#strays?.rejected(error, promise), {
      handled: (promise) => this.#strays?.handled(promise),
      threw: (error) => this.#strays?.threw(error),
    })
  }

  #lookAway(): void {
    this.#unwatch?.()
    this.#unwatch = undefined
    this.#strays = undefined
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
