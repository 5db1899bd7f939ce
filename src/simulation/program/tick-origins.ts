/**
 * Who asked for the ticks that run: what a stream begins in one (`process.nextTick`), as it opens its file, has no frame of whoever made the stream. Node tells of each
 * tick when it is asked for; from where is held until it has run.
 */

import { ownFrames } from "./stack-text.ts"

/** Where a tick was asked for; and where the first one was, of those that were asked for one in another. */
interface Origin {
  readonly here: Call
  readonly first: Call
}

/** Frames, which cost more than the call itself, when they are asked for. */
type Call = () => readonly string[]

/** As Node calls a tick. */
export const TICK = "TickObject"

/** Of a schedule with more, the later ones are not looked at: from where a call comes costs ten times what a tick does. */
const MOST = 100

export class TickOrigins {
  readonly #present: () => object | undefined
  readonly #origins = new WeakMap<object, Origin>()
  #asked = 0

  /** `present`: the tick that runs, or whatever else does. */
  constructor(present: () => object | undefined) {
    this.#present = present
  }

  /** With another schedule. */
  beginAnew(): void {
    this.#asked = 0
  }

  asked(tick: object, called: () => Call): void {
    if (this.#asked === MOST) return
    this.#asked += 1
    const here = called()
    this.#origins.set(tick, { here, first: this.#origin()?.first ?? here })
  }

  /** Those frames; where none of them is the program's, those of whoever asked for the tick in which that is. */
  framesOf(frames: readonly string[]): readonly string[] {
    if (ownFrames(frames).length > 0) return frames
    const origin = this.#origin()
    const asked = origin === undefined ? [] : [origin.here, origin.first]
    return asked.map((call) => call()).find((others) => ownFrames(others).length > 0) ?? frames
  }

  #origin(): Origin | undefined {
    const present = this.#present()
    return present === undefined ? undefined : this.#origins.get(present)
  }
}
