/** What is to come to be once faults have stopped: what has not yet, and what each of those has said of why. */

import { thrownText } from "../../kernel/errors.ts"
import { isA } from "../../kernel/instance.ts"
import type { Eventually } from "./application.ts"
import { Failed } from "./failed.ts"

/** One that has not come. */
interface Missing {
  readonly name: string
  readonly look: Eventually
  /** What it has said last of why; empty where it says nothing. */
  reason: string
}

export class ToCome {
  #missing: readonly Missing[]

  constructor(looks: Readonly<Record<string, Eventually>>) {
    this.#missing = Object.entries(looks).map(([name, look]) => ({ name, look, reason: "" }))
  }

  /** Looks at all that has not come. */
  look(looked: (name: string, look: Eventually) => unknown): void {
    if (this.hasCome) return
    this.#missing = this.#missing.filter((each) => {
      const said = looked(each.name, each.look)
      each.reason = reasonIn(said)
      return each.reason !== "" || !said
    })
  }

  get hasCome(): boolean {
    return this.#missing.length === 0
  }

  /** The first that has not, and never will. */
  failed(how: string): Failed {
    const { name, reason } = this.#missing[0] as Missing
    return new Failed("eventually", name, `${name} ${how}${reason === "" ? "" : `: ${reason}`}`)
  }
}

/** A text or an error says why it has not come, as it says elsewhere what is wrong; else nothing is said. */
function reasonIn(said: unknown): string {
  if (typeof said === "string") return said
  return isA(said, Error) ? thrownText(said) : ""
}
