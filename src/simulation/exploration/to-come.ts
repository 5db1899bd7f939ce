/** What is to come to be once faults have stopped: what has not yet, and what each of those has said of why. */

import { thrownText } from "../../kernel/errors.ts"
import { isA } from "../../kernel/instance.ts"
import type { Eventually } from "./application.ts"
import { Failed } from "./failed.ts"

/** Within so many steps what is to come must have come, once faults have stopped. */
export const MOST_FAIR_STEPS = 2000

export class ToCome {
  readonly #looks: Map<string, Eventually>
  /** By name, what was said last by one that has not come. */
  readonly #reasons = new Map<string, string>()

  constructor(looks: Readonly<Record<string, Eventually>>) {
    this.#looks = new Map(Object.entries(looks))
  }

  /** Looks at all that has not come. */
  look(looked: (name: string, look: Eventually) => unknown): void {
    for (const [name, look] of this.#looks) {
      const said = looked(name, look)
      const reason = reasonIn(said)
      if (reason !== "") this.#reasons.set(name, reason)
      else if (said) this.#looks.delete(name)
      else this.#reasons.delete(name)
    }
  }

  get hasCome(): boolean {
    return this.#looks.size === 0
  }

  /** The first that has not, and never will. */
  failed(how: string): Failed {
    const [name = ""] = this.#looks.keys()
    const reason = this.#reasons.get(name)
    return new Failed("eventually", name, `${name} ${how}${reason === undefined ? "" : `: ${reason}`}`)
  }
}

/** A text or an error says why it has not come, as it says elsewhere what is wrong; else nothing is said. */
function reasonIn(said: unknown): string {
  if (typeof said === "string") return said
  return isA(said, Error) ? thrownText(said) : ""
}
