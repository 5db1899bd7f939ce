import fc from "fast-check"
import { expect, it } from "vitest"
import type { StoreWatch, WatchEvent, WatchOptions } from "../../../actors/index.ts"
import { seeds } from "../../support/seeds.ts"
import { buildStore, type StoreStage } from "../../support/store-stage.ts"

const KEYS = ["a", "b:1", "b:2", "b:11", "c"]
const SUBJECTS: readonly WatchOptions[] = [{ key: "a" }, { key: "b:1" }, { prefix: "" }, { prefix: "b:" }, { prefix: "b:1" }]
/** More than ever waits here. */
const AMPLE = 1000
const MOST_CRASHES = 2

type Command =
  | { readonly type: "set"; readonly key: string; readonly ttl: number }
  | { readonly type: "delete"; readonly key: string }
  | { readonly type: "pass"; readonly seconds: number }
  | { readonly type: "watch"; readonly subject: number; readonly initial: boolean; readonly room: number }
  | { readonly type: "read"; readonly pick: number; readonly most: number }
  | { readonly type: "resume"; readonly pick: number }
  | { readonly type: "crash" }

const key = fc.constantFrom(...KEYS)
const pick = fc.nat(20)
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant("set" as const), key, ttl: fc.constantFrom(0, 0, 1, 3) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("delete" as const), key }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("pass" as const), seconds: fc.constantFrom(0.5, 1, 2) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("watch" as const),
      subject: fc.nat(SUBJECTS.length - 1),
      initial: fc.boolean(),
      room: fc.constantFrom(1, 2, 5, AMPLE, AMPLE),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("read" as const), pick, most: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("resume" as const), pick }) },
  { weight: 1, arbitrary: fc.constant({ type: "crash" as const }) },
)

/** One who watches, perhaps by one watch after the other, and what it has seen. */
class Reader {
  readonly options: WatchOptions
  readonly room: number
  readonly events: WatchEvent[] = []
  /** How much had happened to each key when it began. */
  readonly since: ReadonlyMap<string, number>
  watch: StoreWatch
  #next: Promise<IteratorResult<WatchEvent, undefined>> | undefined = undefined
  #came: WatchEvent | undefined = undefined

  constructor(watch: StoreWatch, options: WatchOptions, since: ReadonlyMap<string, number>) {
    this.watch = watch
    this.options = options
    this.room = options.room ?? 0
    this.since = since
  }

  wants(wanted: string): boolean {
    const { prefix } = this.options
    return prefix === undefined ? wanted === this.options.key : wanted.startsWith(prefix)
  }

  async read(most: number, settle: () => Promise<void>): Promise<void> {
    for (let left = most; left > 0; left -= 1) {
      this.#next ??= this.#ask()
      await settle()
      if (this.#came === undefined) return
      this.events.push(this.#came)
      this.#came = undefined
      this.#next = undefined
    }
  }

  #ask(): Promise<IteratorResult<WatchEvent, undefined>> {
    const next = this.watch.next()
    next.then(
      ({ value }) => {
        this.#came = value
      },
      // The application has stopped.
      () => {},
    )
    return next
  }

  /** Where nobody waits, so that nothing is lost between the two. */
  async resume(stage: StoreStage): Promise<void> {
    await this.read(Number.MAX_SAFE_INTEGER, () => stage.time.settle())
    const { version } = this.watch
    if (version === undefined) return
    this.#next = undefined
    this.watch.close()
    this.watch = stage.cache.watch({ ...this.options, from: version })
  }

  /** What it knows, if it forgets all at a gap and a reset. */
  get mirror(): Map<string, unknown> {
    const known = new Map<string, unknown>()
    for (const event of this.events) {
      if (event.type === "reset" || event.type === "gap") known.clear()
      else if (event.type === "set") known.set(event.key, event.value)
      else known.delete(event.key)
    }
    return known
  }

  /** What it was told of a key since the last reset or gap, in order. */
  storyOf(wanted: string): string[] {
    const anew = this.events.findLastIndex(({ type }) => type === "reset" || type === "gap")
    return this.events.slice(anew + 1).flatMap(({ type, key: of, value }) => (of === wanted ? `${type} ${value ?? ""}` : []))
  }

  get isWhole(): boolean {
    return !this.events.some(({ type }) => type === "reset" || type === "gap")
  }
}

interface Entry {
  readonly value: number
  readonly deadline: number
}

class Trial {
  readonly #stage: StoreStage
  readonly #isRetained: boolean
  readonly #readers: Reader[] = []
  /** What is there, and what has happened to each key. */
  readonly #entries = new Map<string, Entry>()
  readonly #stories = new Map<string, string[]>(KEYS.map((one) => [one, []]))
  #value = 0
  #crashes = 0

  constructor(stage: StoreStage, isRetained: boolean) {
    this.#stage = stage
    this.#isRetained = isRetained
  }

  async run(commands: readonly Command[]): Promise<void> {
    for (const each of commands) await this.#do(each)
    await this.#pass(10)
    for (const reader of this.#readers) await reader.read(Number.MAX_SAFE_INTEGER, () => this.#stage.time.settle())
    for (const reader of this.#readers) await this.#check(reader)
  }

  async #do(each: Command): Promise<void> {
    if (each.type === "set") return this.#set(each.key, each.ttl)
    if (each.type === "delete") return this.#delete(each.key)
    if (each.type === "pass") return this.#pass(each.seconds)
    if (each.type === "crash") return this.#crash()
    if (each.type === "watch") return this.#watch(each)
    const reader = this.#readers[each.pick % Math.max(this.#readers.length, 1)]
    if (each.type === "read") return reader?.read(each.most, () => this.#stage.time.settle())
    if (reader?.room === AMPLE) await reader.resume(this.#stage)
  }

  #happened(wanted: string, what: string): void {
    this.#stories.get(wanted)?.push(what)
  }

  #lookAt(wanted: string): void {
    const entry = this.#entries.get(wanted)
    if (entry === undefined || this.#stage.time.now() < entry.deadline) return
    this.#entries.delete(wanted)
    this.#happened(wanted, "expire ")
  }

  async #set(wanted: string, ttl: number): Promise<void> {
    this.#lookAt(wanted)
    this.#value += 1
    await this.#stage.cache.set(wanted, this.#value, ttl)
    this.#entries.set(wanted, { value: this.#value, deadline: ttl === 0 ? Number.POSITIVE_INFINITY : this.#stage.time.now() + ttl * 1000 })
    this.#happened(wanted, `set ${this.#value}`)
  }

  async #delete(wanted: string): Promise<void> {
    this.#lookAt(wanted)
    const isThere = this.#entries.delete(wanted)
    expect(await this.#stage.cache.delete(wanted)).toBe(isThere)
    if (isThere) this.#happened(wanted, "delete ")
  }

  async #pass(seconds: number): Promise<void> {
    await this.#stage.time.advance(seconds * 1000)
    for (const wanted of KEYS) this.#lookAt(wanted)
  }

  /** What is dead by then, and was not swept yet, may be swept after the watch has begun: it is swept before. */
  async #watch({ subject, initial, room }: Command & { type: "watch" }): Promise<void> {
    await this.#pass(0.1)
    for (const wanted of KEYS) await this.#stage.cache.has(wanted)
    const options = { ...(SUBJECTS[subject] as WatchOptions), initial, room }
    const since = new Map([...this.#stories].map(([wanted, story]) => [wanted, story.length]))
    this.#readers.push(new Reader(this.#stage.cache.watch(options), options, since))
    await this.#stage.time.settle()
  }

  async #crash(): Promise<void> {
    this.#crashes += 1
    if (this.#crashes > MOST_CRASHES) return
    await this.#stage.crash()
    if (!this.#isRetained) this.#entries.clear()
    await this.#pass(0.1)
  }

  async #check(reader: Reader): Promise<void> {
    const { events, options, room } = reader
    const versions = events.filter(({ type }) => type !== "reset" && type !== "gap").map(({ key: of, version }) => `${of} ${version}`)
    if (!options.initial || reader.isWhole) expect(new Set(versions).size).toBe(versions.length)
    for (const wanted of KEYS.filter((one) => reader.wants(one))) {
      const own = events.filter((event) => event.key === wanted && event.cause !== "initial").map(({ version }) => version)
      expect(own).toEqual(own.toSorted())
    }
    expect(events.filter((event) => event.key !== undefined && !reader.wants(event.key))).toEqual([])
    if (options.initial) expect(reader.mirror).toEqual(this.#content(reader))
    if (this.#isRetained && room === AMPLE) expect(reader.isWhole).toBe(true)
    if (!options.initial && reader.isWhole) this.#checkStories(reader)
  }

  #content(reader: Reader): Map<string, unknown> {
    return new Map([...this.#entries].flatMap(([wanted, { value }]) => (reader.wants(wanted) ? [[wanted, value] as const] : [])))
  }

  #checkStories(reader: Reader): void {
    for (const wanted of KEYS.filter((one) => reader.wants(one)))
      expect(reader.storyOf(wanted)).toEqual(this.#stories.get(wanted)?.slice(reader.since.get(wanted)))
  }
}

it("who watches is told all of it once and in order, or told that it was not, whatever is written, read, resumed or crashes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 60 }), fc.boolean(), async (commands, isRetained) => {
      const stage = await buildStore({ child: { state: isRetained ? "retain" : "reset" } })
      await new Trial(stage, isRetained).run(commands)
      const stopped = stage.runtime.stop()
      await stage.time.advance(60_000)
      await stopped
      expect(stage.time.armedTimers).toBe(0)
    }),
    seeds(150, 8),
  )
}, 60_000)
