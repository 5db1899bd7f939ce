/** All operations of a store, by several callers, against a naive model, with crashes, releases, denials, time and what a watcher is told among it. */

import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type {
  Policy,
  StateAfterCrash,
  StoreEntry,
  StoreMailbox,
  StoreOptions,
  Transaction,
  WatchEvent,
  WhenFull,
} from "../../actors/index.ts"
import { type Command, type Condition, Refused, type Shown, type Step, type Terms, WholeStoreModel } from "../models/whole-store-model.ts"
import { seeds } from "../support/seeds.ts"
import { buildStore, type StoreStage } from "../support/store-stage.ts"

/** The guest may do what is about keys that begin with "a". */
const KEYS = ["a", "a1", "a\uffff", "a🔑", "b", "b1", "__proto__"]
const CALLERS = 3
const GUEST = CALLERS - 1

const POLICIES: readonly Policy[] = [
  { effect: "allow", actions: "*", resources: "*", conditions: [{ field: "principal.id", operator: "eq", value: "all" }] },
  { effect: "allow", actions: "store.get", resources: "*" },
  { effect: "allow", actions: "store.key.*", resources: "*", conditions: [{ field: "attributes.key", operator: "matches", value: "^a" }] },
  {
    effect: "allow",
    actions: "store.key.list",
    resources: "*",
    conditions: [{ field: "attributes.prefix", operator: "matches", value: "^a" }],
  },
]

// -- commands ------------------------------------------------------------------------------------------------------------

type Move =
  /** Posted at once, one after the other, each by whom. */
  | { readonly type: "ask"; readonly commands: readonly (readonly [by: number, command: Command])[] }
  | { readonly type: "advance"; readonly ms: number }
  | { readonly type: "calendar"; readonly ms: number }
  | { readonly type: "release"; readonly by: number }
  | { readonly type: "crash" }

/** Some are drawn often: what comes of several commands comes of those with the same key. */
const key = fc.oneof({ weight: 3, arbitrary: fc.constantFrom("a", "a", "b") }, { weight: 4, arbitrary: fc.constantFrom(...KEYS) })
const keys = fc.array(key, { maxLength: 4 })
const ttl = fc.constantFrom(0, 0, 0.0004, 0.02, 0.0505, 0.3, 2)
const term = fc.record({ ttl, idle: fc.constantFrom(0, 0, 0, 0.03, 0.4) })
const terms: fc.Arbitrary<Terms> = fc.tuple(term, fc.boolean()).map(([said, keep]) => ({ ...said, keep }))
const value = fc.oneof(fc.nat(9), fc.constantFrom<unknown>("text", { n: [1] }, null))
const prefix = fc.constantFrom("", "a", "a1", "b", "_", "c")
const lone = <Type extends string>(...types: Type[]): fc.Arbitrary<Type> => fc.constantFrom(...types)

const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ type: lone("none", "none", "absent") }),
  fc.record({ type: lone("version"), stamp: fc.integer({ min: 1, max: 12 }) }),
)

const bound = fc.boolean()

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ type: lone("get", "has", "delete"), key }),
  fc.record({ type: lone("set"), key, value, term, bound }),
)

function commandWith(isEvicting: boolean): fc.Arbitrary<Command> {
  const steps = fc.array(step, { maxLength: 5 })
  return fc.oneof(
    { weight: 6, arbitrary: fc.record({ type: lone("get", "has", "delete", "entry", "ttl", "take", "persist"), key }) },
    { weight: 5, arbitrary: fc.record({ type: lone("set"), key, value, term, bound }) },
    { weight: 5, arbitrary: fc.record({ type: lone("put"), key, value, terms, bound, condition }) },
    {
      weight: 3,
      arbitrary: fc.record({
        type: lone("update"),
        key,
        value: fc.oneof(value, fc.constantFrom<unknown>(undefined, "throw")),
        terms: fc.option(terms, { nil: undefined }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ type: lone("increment"), key, by: fc.constantFrom(1, 2, -1), terms: fc.option(terms, { nil: undefined }) }),
    },
    {
      weight: 3,
      arbitrary: fc
        .record({
          type: lone("touch"),
          key,
          ttl: fc.option(ttl, { nil: undefined }),
          when: fc.constantFrom(undefined, "nx" as const, "xx" as const, "gt" as const, "lt" as const),
        })
        .map((touch) => (touch.ttl === undefined ? { ...touch, when: undefined } : touch)),
    },
    { weight: 3, arbitrary: fc.record({ type: lone("getMany", "deleteMany"), keys }) },
    {
      weight: 3,
      arbitrary: fc.record({
        type: lone("setMany"),
        entries: fc.array(fc.tuple(key, value, fc.option(ttl, { nil: undefined })), { maxLength: 4 }),
        // A store that makes room may let one go that the batch is to write next: then there is nothing to keep.
        terms: isEvicting ? terms.map((said) => ({ ...said, keep: false })) : terms,
        bound,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        type: lone("list"),
        prefix,
        after: fc.option(key, { nil: undefined }),
        limit: fc.integer({ min: 1, max: 4 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ type: lone("keys", "entries", "count", "clear"), prefix }) },
    {
      weight: 4,
      arbitrary: fc
        .record({ type: lone("transaction"), steps, fails: fc.boolean() })
        .map((transaction) => ({ ...transaction, keys: [...new Set(["a", ...transaction.steps.map((step) => step.key)])] })),
    },
  )
}

/** Those of several messages: what is asked meanwhile may come between them. */
const isOfSeveral = ({ type }: Command): boolean => type === "keys" || type === "entries" || type === "clear"

function moveWith(isEvicting: boolean, most: number): fc.Arbitrary<Move> {
  const one = fc.tuple(fc.nat(CALLERS - 1), commandWith(isEvicting))
  const together = fc.array(one, { minLength: 1, maxLength: most })
  return fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        type: lone("ask"),
        commands: together.map((all) => (all.some(([, command]) => isOfSeveral(command)) ? all.slice(0, 1) : all)),
      }),
    },
    { weight: 3, arbitrary: fc.record({ type: lone("advance"), ms: fc.constantFrom(1, 19, 30, 51, 300) }) },
    { weight: 1, arbitrary: fc.record({ type: lone("calendar"), ms: fc.constantFrom(0, 1e6, 1.7e12) }) },
    { weight: 1, arbitrary: fc.record({ type: lone("release"), by: fc.nat(CALLERS - 1) }) },
    { weight: 1, arbitrary: fc.record({ type: lone("crash") }) },
  )
}

/** What is asked of a mailbox for it. */
async function ask(mailbox: StoreMailbox, command: Command, versionOf: (stamp: number) => string): Promise<unknown> {
  switch (command.type) {
    case "get":
    case "has":
    case "delete":
    case "entry":
    case "ttl":
    case "take":
    case "persist":
      return mailbox[command.type](command.key)
    case "set":
      return mailbox.set(command.key, command.value, { ...command.term, bound: command.bound })
    case "put": {
      const { ttl, idle, keep } = command.terms
      const options = { ttl, idle, keepTtl: keep, bound: command.bound, ...conditionOf(command.condition, versionOf) }
      return mailbox.put(command.key, command.value, options)
    }
    case "update":
      return mailbox.update(command.key, () => given(command.value), termsOf(command.terms))
    case "increment":
      return mailbox.increment(command.key, command.by, termsOf(command.terms))
    case "touch":
      return mailbox.touch(command.key, command.ttl, { when: command.when })
    case "getMany":
    case "deleteMany":
      return mailbox[command.type](command.keys)
    case "setMany":
      return mailbox.setMany(command.entries, { ...termsOf(command.terms), bound: command.bound })
    case "list":
      return mailbox.list({ prefix: command.prefix, after: command.after, limit: command.limit })
    case "count":
    case "clear":
      return mailbox[command.type](command.prefix)
    case "keys":
      return all(mailbox.keys(command.prefix))
    case "entries":
      return all(mailbox.entries(command.prefix))
    case "transaction":
      return mailbox.transaction(command.keys, (tx) => {
        const seen = command.steps.map((step) => take(tx, step))
        if (command.fails) throw mine
        return seen
      })
  }
}

const mine = { kind: "MINE" }

function given(made: unknown): unknown {
  if (made === "throw") throw mine
  return made
}

function take(tx: Transaction<unknown>, step: Step): unknown {
  if (step.type !== "set") return tx[step.type](step.key)
  tx.set(step.key, step.value, { ...step.term, bound: step.bound })
  return true
}

function termsOf(said: Terms | undefined) {
  return said === undefined ? undefined : { ttl: said.ttl, idle: said.idle, keepTtl: said.keep }
}

function conditionOf(said: Condition, versionOf: (stamp: number) => string) {
  if (said.stamp !== undefined) return { ifVersion: versionOf(said.stamp) }
  return said.type === "none" ? {} : { onlyIfAbsent: true }
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = []
  for await (const item of items) found.push(item)
  return found
}

/** What a guest is judged by. */
function isForGuests(command: Command): boolean {
  if ("keys" in command) return command.keys.every((name) => name.startsWith("a"))
  if ("entries" in command) return command.entries.every(([name]) => name.startsWith("a"))
  return "prefix" in command ? command.prefix.startsWith("a") : command.key.startsWith("a")
}

// -- the pair ------------------------------------------------------------------------------------------------------------

interface Setting {
  readonly options: StoreOptions
  readonly state: StateAfterCrash
  /** Whether all is looked at after each move, too: a list reads nothing, and shows what has become of each lifetime. Without, more is left to the sweep. */
  readonly isListed: boolean
}

class StoreAndModel {
  readonly #stage: StoreStage
  readonly #model: WholeStoreModel
  readonly #state: StateAfterCrash
  readonly #isListed: boolean
  readonly #isEvicting: boolean
  readonly #isSoonest: boolean
  readonly #maxEntries: number
  readonly #mailboxes: StoreMailbox[] = []
  readonly #owners: number[] = []
  /** Versions by the model's stamps, as far as they have been seen. */
  readonly #versions = new Map<number, string>()
  readonly #told: WatchEvent[] = []
  #lastOwner = 0
  #crashes = 0

  constructor(stage: StoreStage, { options: { maxEntries = 0, whenFull = "reject" }, state, isListed }: Setting) {
    this.#stage = stage
    this.#isListed = isListed
    this.#isEvicting = whenFull !== "reject"
    this.#isSoonest = whenFull === "soonest"
    this.#model = new WholeStoreModel(maxEntries, whenFull)
    this.#maxEntries = maxEntries
    this.#state = state
  }

  async open(): Promise<void> {
    for (let caller = 0; caller < CALLERS; caller += 1) await this.#acquire(caller)
    this.#listen().catch(() => {})
  }

  async run(move: Move): Promise<void> {
    const { time } = this.#stage
    if (move.type === "ask") await this.#ask(move.commands)
    else if (move.type === "calendar") time.setSystemTime(move.ms)
    else if (move.type === "release") await this.#release(move.by)
    else if (move.type === "crash") await this.#crash()
    else await time.advance(move.ms)
    this.#model.at(time.now())
    if (!this.#isListed) return
    const page = { prefix: "", after: undefined, limit: KEYS.length }
    this.#compare(await this.#stage.cache.list(page), this.#model.ask({ type: "list", ...page }, 0), `after ${JSON.stringify(move)}`)
  }

  /** What is there, what a watcher was told, and all versions, in the end. */
  async agree(): Promise<void> {
    const { cache, time } = this.#stage
    await time.advance(100)
    this.#model.at(time.now())
    expect(await all(cache.keys())).toEqual(this.#model.keys())
    for (const name of KEYS) this.#compare(await cache.entry(name), this.#model.ask({ type: "entry", key: name }, 0))
    await time.settle()
    expect(this.#lastTold()).toEqual(new Map(this.#model.keys().map((name) => [name, this.#model.shown(name)?.value])))
    const steps = Map.groupBy(this.#versions, ([stamp]) => Math.floor(stamp))
    const rising = [...steps].sort(([one], [other]) => one - other).flatMap(([, versions]) => versions.map(([, version]) => version).sort())
    expect(rising).toEqual([...new Set(rising)].sort())
  }

  /** All commands are posted before the first answer is waited for. */
  async #ask(commands: readonly (readonly [number, Command])[]): Promise<void> {
    const answers = commands.map(([by, command]) => outcome(ask(this.#mailbox(by), command, (stamp) => this.#versionOf(stamp))))
    const expected = commands.map(([by, command]) => this.#expected(by, command))
    for (const [place, answer] of (await Promise.all(answers)).entries()) {
      this.#compare(answer, expected[place], JSON.stringify(commands[place]))
    }
    if (this.#isEvicting) await this.#followEvictions(commands.length === 0 ? undefined : commands[0]?.[1])
  }

  #expected(by: number, command: Command): unknown {
    if (by === GUEST && !isEmpty(command) && !isForGuests(command)) return new Refused("PERMISSION_DENIED")
    return this.#model.ask(this.#known(command), this.#owners[by] ?? 0)
  }

  /** A version that nobody has seen is none. */
  #known(command: Command): Command {
    if (command.type !== "put" || command.condition.type !== "version" || this.#versions.has(command.condition.stamp)) return command
    return { ...command, condition: { type: "version", stamp: -1 } }
  }

  #versionOf(stamp: number): string {
    return this.#versions.get(stamp) ?? "none"
  }

  #compare(actual: unknown, expected: unknown, of = ""): void {
    if (expected instanceof Refused) return expect([actual, of]).toEqual([expected, of])
    if (isShown(expected)) return this.#compareEntry(actual as StoreEntry, expected, of)
    if (isPage(expected)) {
      const { items, ...rest } = actual as { readonly items: readonly StoreEntry[] }
      expect([rest, of]).toEqual([{ cursor: expected.cursor, hasMore: expected.hasMore }, of])
      return this.#compareList(items, expected.items, of)
    }
    if (Array.isArray(expected) && expected.some(isShown)) return this.#compareList(actual as readonly StoreEntry[], expected, of)
    expect([actual, of]).toEqual([expected, of])
  }

  #compareList(actual: readonly StoreEntry[], expected: readonly Shown[], of: string): void {
    expect([actual.length, of]).toEqual([expected.length, of])
    for (const [place, item] of expected.entries()) this.#compareEntry(actual[place], item, of)
  }

  /** Of a list of keys alone, there is no value. */
  #compareEntry(actual: StoreEntry | undefined, { key, value, stamp, endsAt }: Shown, of: string): void {
    const { time } = this.#stage
    const expiresAt = endsAt === Number.POSITIVE_INFINITY ? undefined : time.systemTime() + endsAt - time.now()
    const { version, ...rest } = actual ?? { version: "" }
    expect([rest, of]).toEqual([{ key, expiresAt, ...("value" in rest ? { value } : {}) }, of])
    expect([version, of]).toEqual([this.#versions.get(stamp) ?? version, of])
    this.#versions.set(stamp, version)
  }

  /** Whoever is gone from a store that makes room: nobody is, unless there was need, and nobody who was just written or is held. */
  async #followEvictions(command: Command | undefined): Promise<void> {
    const before = this.#model.keys().length
    const gone: string[] = []
    for (const name of this.#model.keys()) if (!(await this.#stage.cache.has(name))) gone.push(name)
    expect([before - gone.length, this.#maxEntries, command]).toEqual([Math.min(before, this.#maxEntries), this.#maxEntries, command])
    if (this.#isSoonest) expect([gone, command, this.#model.mayHaveGone(gone)]).toEqual([gone, command, true])
    for (const name of gone) {
      expect([name, this.#model.isHeld(name)]).toEqual([name, false])
      this.#model.evict(name)
    }
  }

  // -- what happens --------------------------------------------------------------------------------------------------

  async #release(by: number): Promise<void> {
    await this.#mailbox(by).release()
    this.#model.release(this.#owners[by] ?? 0)
    await this.#acquire(by)
  }

  /** The supervisor gives up on more than three restarts in 5 s. */
  async #crash(): Promise<void> {
    this.#crashes += 1
    if (this.#crashes > 3) return
    await this.#stage.crash()
    if (this.#state === "reset") this.#model.crash()
  }

  async #acquire(by: number): Promise<void> {
    this.#lastOwner += 1
    this.#owners[by] = this.#lastOwner
    this.#mailboxes[by] = await this.#stage.runtime.as({ id: by === GUEST ? "guest" : "all" }).acquire("app:cache")
  }

  #mailbox(by: number): StoreMailbox {
    const mailbox = this.#mailboxes[by]
    if (mailbox === undefined) throw new Error(`there is no caller ${by}`)
    return mailbox
  }

  /** Until the store ends. */
  async #listen(): Promise<void> {
    const watch = this.#stage.cache.watch({ prefix: "", initial: true, room: 1_000_000 })
    for await (const event of watch) this.#told.push(event)
  }

  /** What is there by all that was told. Each of it once: what is told to be gone was told to be there. */
  #lastTold(): ReadonlyMap<string, unknown> {
    const there = new Map<string, unknown>()
    for (const { type, key: name, value: told } of this.#told) {
      expect(type).not.toBe("gap")
      if (type === "reset") there.clear()
      else if (type === "set") there.set(name as string, told)
      else expect([type, name, there.delete(name as string)]).toEqual([type, name, true])
    }
    return new Map([...there].sort(([one], [other]) => (one < other ? -1 : 1)))
  }
}

/** Of nothing there is nothing to judge. */
function isEmpty(command: Command): boolean {
  if (command.type === "setMany") return command.entries.length === 0
  return (command.type === "getMany" || command.type === "deleteMany") && command.keys.length === 0
}

function isShown(expected: unknown): expected is Shown {
  return typeof expected === "object" && expected !== null && "stamp" in expected
}

function isPage(expected: unknown): expected is { readonly items: readonly Shown[]; readonly cursor: unknown; readonly hasMore: boolean } {
  return typeof expected === "object" && expected !== null && "hasMore" in expected
}

function outcome(answer: Promise<unknown>): Promise<unknown> {
  return answer.catch((error: { readonly kind?: string }) => {
    if (error.kind === undefined) throw error
    return new Refused(error.kind)
  })
}

async function holds(setting: Setting, moves: readonly Move[]): Promise<void> {
  const stage = await buildStore({
    store: setting.options,
    child: { state: setting.state, backoff: { initialMs: 0, maxMs: 0 } },
    policies: POLICIES,
    principal: "all",
  })
  try {
    const pair = new StoreAndModel(stage, setting)
    await pair.open()
    for (const move of moves) await pair.run(move)
    await pair.agree()
  } finally {
    await stage.runtime.stop()
  }
  expect(stage.time.armedTimers).toBe(0)
  const { accepted, handled, returned, reported, waiting } = stage.runtime.statistics()
  expect(handled + returned + reported + waiting).toBe(accepted)
}

const LIMITS = { ...seeds(60, 8), timeout: 10_000 }

describe("a store, by all its operations", () => {
  it.each<[StateAfterCrash, StoreOptions]>([
    ["reset", {}],
    ["retain", {}],
    ["reset", { maxEntries: 3 }],
    ["retain", { maxEntries: 3, ordered: true, maxBytes: 1e9 }],
  ])("does what a map with a clock does (%s, %o)", async (state, options) => {
    await fc.assert(
      fc.asyncProperty(fc.array(moveWith(false, 4), { maxLength: 30, size: "max" }), fc.boolean(), (moves, isListed) =>
        holds({ options, state, isListed }, moves),
      ),
      LIMITS,
    )
  })

  it.each<WhenFull>(["lru", "adaptive", "soonest"])("and loses nothing but what it lets go to make room (%s)", async (whenFull) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(moveWith(true, 1), { maxLength: 30, size: "max" }),
        fc.constantFrom<StateAfterCrash>("reset", "retain"),
        fc.boolean(),
        fc.integer({ min: 2, max: 4 }),
        (moves, state, isListed, maxEntries) => holds({ options: { maxEntries, whenFull }, state, isListed }, moves),
      ),
      { ...seeds(400, 4), timeout: 10_000 },
    )
  })
})
