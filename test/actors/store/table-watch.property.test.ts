/**
 * A table whose entries are told some at a time, under any changes in between: who watches is told what was there, and each change since, in order, whatever
 * was told by then.
 */

import fc from "fast-check"
import { expect, it } from "vitest"
import { type HubStage, hubStage } from "../../support/hub-stage.ts"
import { seeds } from "../../support/seeds.ts"

/** More than are looked at in two turns. */
const KEYS = 2600

type Command =
  | { readonly type: "set"; readonly key: number; readonly ttl: number }
  | { readonly type: "delete" | "touch"; readonly key: number }
  | { readonly type: "pass"; readonly ms: number }
  | { readonly type: "settle"; readonly most: number }

/** Of all places, and the same ones often. */
const key = fc.constantFrom(0, 1, 1023, 1024, 2047, 2048, 2599, KEYS, KEYS + 1)
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("set" as const), key, ttl: fc.constantFrom(0, 0, 10, 30) }) },
  { weight: 5, arbitrary: fc.record({ type: fc.constantFrom("delete" as const, "touch" as const), key }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("pass" as const), ms: fc.constantFrom(5, 20) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("settle" as const), most: fc.constantFrom(1, 1, 2, 9) }) },
)

class Trial {
  readonly #stage: HubStage
  readonly #stories = new Map<string, string[]>()
  /** When what is there is over. */
  readonly #deadlines = new Map<string, number>()
  #value = 0
  /** The keys of which what was there may be over before it was told. */
  readonly passing = new Set<string>()

  constructor(stage: HubStage) {
    this.#stage = stage
  }

  /** What became of a key since it was watched. */
  storyOf(name: string): readonly string[] {
    return this.#stories.get(name) ?? []
  }

  load(): void {
    for (let index = 0; index < KEYS; index += 1) this.#set(`k${index}`, 0)
  }

  /** From here on it is watched. */
  begin(): void {
    const { table } = this.#stage.state
    for (const name of this.#stories.keys()) this.#stories.set(name, [])
    for (const [name, deadline] of this.#deadlines) {
      this.#stories.set(name, [`set ${table.valueAt(table.find(name, this.#stage.now))} initial`])
      if (deadline !== Number.POSITIVE_INFINITY) this.passing.add(name)
    }
  }

  do(said: Command): void {
    const stage = this.#stage
    const { table } = stage.state
    if (said.type === "settle") return void stage.settle(said.most)
    if (said.type === "pass") return this.#pass(said.ms)
    const name = `k${said.key}`
    if (said.type === "set") return this.#set(name, said.ttl)
    const slot = table.find(name, stage.now)
    if (said.type === "delete" && table.delete(name, stage.now)) this.#gone(name, "delete")
    else if (slot !== -1 && said.type === "touch") table.retime(slot, table.lifetimeAt(slot))
  }

  #set(name: string, ttl: number): void {
    const deadline = ttl === 0 ? Number.POSITIVE_INFINITY : this.#stage.now() + ttl
    this.#value += 1
    this.#stage.set(name, this.#value, deadline)
    this.#deadlines.set(name, deadline)
    this.#happened(name, `set ${this.#value} set`)
  }

  #pass(ms: number): void {
    this.#stage.pass(ms)
    this.#stage.state.table.sweep(this.#stage.now(), KEYS)
    for (const [name, deadline] of this.#deadlines) if (deadline <= this.#stage.now()) this.#gone(name, "expire")
  }

  #gone(name: string, how: string): void {
    this.#deadlines.delete(name)
    this.#happened(name, how)
  }

  #happened(name: string, what: string): void {
    this.#stories.set(name, [...this.storyOf(name), what])
  }
}

it("tells each who watches what was there when it began, and each change since, whatever changes while that is told", () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 12 }), fc.array(command, { maxLength: 40 }), (before, commands) => {
      const stage = hubStage()
      const trial = new Trial(stage)
      trial.load()
      for (const said of before) trial.do(said)
      trial.begin()
      const [all, one] = [stage.watch({ hasInitial: true }), stage.watch({ text: "k2048", isPrefix: false, hasInitial: true })]
      for (const said of commands) trial.do(said)
      stage.settle()
      for (const watcher of [all, one]) check(watcher.queue.lost, stage.told(watcher), trial, watcher === one)
    }),
    seeds(60, 4),
  )
})

function check(lost: string | undefined, told: ReadonlyMap<string, readonly string[]>, trial: Trial, isOne: boolean): void {
  expect(lost).toBeUndefined()
  for (let index = 0; index < KEYS + 2; index += 1) {
    const name = `k${index}`
    if (isOne && name !== "k2048") continue
    const story = trial.storyOf(name)
    const heard = told.get(name) ?? []
    // What was there already, and was over before it was told, may be left out, and its end with it.
    const isOver = trial.passing.has(name) && story[1] === "expire"
    if (heard.join() === story.join()) continue
    expect(isOver && heard.length < story.length ? [...story.slice(0, 2), ...heard] : heard).toEqual(story)
  }
}
