/** A schedule that is told by hand: what is sent has its number, what could happen next its own, and each step takes one of them. */

import type { Choice, Fault, Sent, Step } from "../../src/simulation/schedule/step.ts"

/** What a step is, beside what it takes. */
export interface Beside {
  readonly sends?: readonly Sent[]
  /** What would have come in the ordinary order. */
  readonly instead?: Choice
  readonly choices?: number
  /** The clock then. Default: where it was. */
  readonly at?: number
  readonly notes?: readonly string[]
  readonly fault?: Fault
}

export class ToldSchedule {
  readonly steps: Step[] = []
  #lastId = 0
  #clock = 0
  readonly #choices = new Map<number, Choice>()

  ask(from: string, to: string, what: string): Sent {
    return { id: ++this.#lastId, kind: "request", from, to, what }
  }

  tell(from: string, to: string, what: string): Sent {
    return { id: ++this.#lastId, kind: "message", from, to, what }
  }

  reply({ id, from, to, what }: Sent, isFailure = false): Sent {
    return { id: ++this.#lastId, kind: "reply", from: to, to: from, what, answers: id, isFailure }
  }

  start(actor: string, from = "outside"): Choice {
    return { id: ++this.#lastId, kind: "start", actor, from, what: "", at: this.#clock }
  }

  timer(actor: string, what: string, at = this.#clock): Choice {
    return { id: ++this.#lastId, kind: "timer", actor, from: "clock", what, at }
  }

  turn(actor: string, what = "setImmediate"): Choice {
    return { id: ++this.#lastId, kind: "turn", actor, from: "clock", what, at: this.#clock }
  }

  /** That what was sent is taken: the same choice whenever it is asked for. */
  taking({ id, kind, from, to, what }: Sent): Choice {
    const known = this.#choices.get(id)
    if (known !== undefined) return known
    const choice: Choice = { id: ++this.#lastId, kind: kind === "reply" ? "reply" : "message", actor: to, from, what, at: this.#clock }
    this.#choices.set(id, choice)
    return choice
  }

  /** A step in which what was sent is taken. Gives the number of the step. */
  take(sent: Sent, beside: Beside = {}): number {
    return this.#add(this.taking(sent), sent.id, beside)
  }

  /** A step that takes nothing: a start, a timer, a turn. */
  go(choice: Choice, beside: Beside = {}): number {
    return this.#add(choice, undefined, beside)
  }

  /** A fault that is a step of its own. */
  befall(fault: Fault, beside: Beside = {}): number {
    return this.#add(undefined, undefined, { ...beside, fault })
  }

  /** A request that is handled at once, and its reply that reaches its asker at once. */
  answer(request: Sent, sends: readonly Sent[] = []): void {
    const reply = this.reply(request)
    this.take(request, { sends: [reply] })
    this.take(reply, { sends })
  }

  #add(choice: Choice | undefined, took: number | undefined, beside: Beside): number {
    const { sends = [], instead, choices = instead === undefined ? 1 : 2, at = this.#clock, notes = [], fault } = beside
    const index = this.steps.length
    this.#clock = at
    this.steps.push({ index, at, choice, fault, choices, instead, took, sent: sends, notes })
    return index
  }
}

/**
 * A reader fills the cache with what it read before a writer changed the page and cleared the cache: `races/stale-fill.ts`, told by hand. Beside it
 * somebody counts, with whom it has nothing to do.
 */
export function staleFill(): { readonly steps: readonly Step[]; readonly seen: number } {
  const told = new ToldSchedule()
  told.go(told.start("database"))
  told.go(told.start("wiki:cache", "root"))
  const version = told.ask("reader", "database", "version")
  told.go(told.start("counter"))
  told.go(told.start("reader"), { sends: [version] })
  const get = told.ask("reader", "wiki:cache", "get")
  told.answer(version, [get])
  const read = told.ask("reader", "database", "read")
  told.answer(get, [read])
  const page = told.reply(read)
  told.take(read, { sends: [page] })
  const has = told.ask("writer", "wiki:cache", "has")
  told.go(told.start("writer"), { sends: [has], instead: told.taking(page), choices: 3 })
  const write = told.ask("writer", "database", "write")
  told.answer(has, [write])
  told.take(told.tell("outside", "counter", "count"))
  const clear = told.ask("writer", "wiki:cache", "delete")
  told.answer(write, [clear])
  told.answer(clear)
  const fill = told.ask("reader", "wiki:cache", "set")
  told.take(page, { sends: [fill] })
  told.answer(fill)
  const shown = told.ask("outside", "wiki:cache", "get")
  told.go(told.turn("outside"), { sends: [shown] })
  told.answer(shown)
  return { steps: told.steps, seen: told.steps.length - 1 }
}

/**
 * A lease runs out while its holder is paused, and both write; the second write crashes the archive. Labels and operations are as bad as a program's
 * may be.
 */
export function leaseWithoutFence(): { readonly steps: readonly Step[]; readonly seen: number } {
  const told = new ToldSchedule()
  const [clerk1, clerk2, archive] = ["<script>alert(1)</script>", "clerk-2", "app:archive"]
  for (const actor of ["leases", archive]) told.go(told.start(actor, "root"))
  told.go(told.start("janitor", "root"))
  told.go(told.timer("janitor", "sweep"), { at: 5, sends: [told.tell("janitor", "janitor", "sweep")] })
  const first = told.ask(clerk1, "leases", "acquire")
  told.go(told.start(clerk1), { sends: [first] })
  const granted = told.reply(first)
  told.take(first, { sends: [granted] })
  const second = told.ask(clerk2, "leases", "acquire")
  told.go(told.start(clerk2), { instead: told.taking(granted), sends: [second] })
  const refused = told.reply(second, true)
  told.take(second, { sends: [refused] })
  told.take(refused)
  told.go(told.timer("leases", "lease is over", 30_005), {
    at: 30_005,
    instead: told.taking(granted),
    choices: 2,
    notes: ["lease of job-1 lost"],
  })
  const again = told.ask(clerk2, "leases", "acquire")
  told.go(told.timer(clerk2, "again"), { sends: [again], instead: told.taking(granted) })
  const write = told.ask(clerk2, archive, 'write "&amp;"')
  told.answer(again, [write])
  told.answer(write)
  const late = told.ask(clerk1, archive, 'write "&amp;"')
  told.take(granted, { sends: [late], at: 30_010 })
  const tick = told.tell(archive, archive, "flush")
  told.befall(
    { kind: "crash", actor: archive, what: "flush", when: "during" },
    { notes: ["crash: Error: disk \u001b[31mfull\u001b[0m\nat <anonymous>"] },
  )
  told.go(told.start(archive, "root"), { sends: [tick] })
  told.take(tick)
  told.answer(late)
  return { steps: told.steps, seen: told.steps.length - 1 }
}
