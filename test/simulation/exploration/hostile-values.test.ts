/** Values that resist a look, sent, kept and told under simulation: whoever looks on must not be what fails, nor change what a caller is told. */

import { actor, failure, Internal, type MailboxOf, type Runtime, server } from "pigeonhole"
import { explore, type ServiceModel, type World } from "pigeonhole/simulation"
import { describe, expect, it } from "vitest"
import { only } from "../../support/explored.ts"
import { refusalOf } from "../../support/refusal.ts"

const throwing = (): never => {
  throw new Error("looked at")
}

/** Whatever is done with it throws. */
const resisting = (): object =>
  new Proxy(() => {}, { get: throwing, has: throwing, ownKeys: throwing, getPrototypeOf: throwing, getOwnPropertyDescriptor: throwing })

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

/** An ordinary object, of which each part throws when it is read. */
const closed = (): object =>
  Object.defineProperties(
    {},
    { type: { get: throwing, enumerable: true }, name: { get: throwing, enumerable: true }, key: { get: throwing } },
  )

const echo = server({
  init: () => ({}),
  call: {
    echo: (_state, value: unknown) => void value,
    fails: (_state, value: unknown): void => {
      throw value
    },
    refuses: (_state, cause: unknown) => failure(new Internal("no", { cause })),
  },
  cast: { note: () => {} },
  info: () => {},
})

const listener = actor<undefined, unknown>(async (self) => {
  for await (const _ of self.inbox) self.reply("heard")
})

const acquireEcho = (runtime: Runtime) => (runtime as Runtime<{ "app:echo": MailboxOf<typeof echo> }>).acquire("app:echo")

type Scenario = (runtime: Runtime, value: object) => unknown
const asked =
  (name: "echo" | "fails" | "refuses"): Scenario =>
  async (runtime, value) => {
    const mailbox = await acquireEcho(runtime)
    return mailbox.call[name](value).then(
      () => "answered",
      (error) => error.kind,
    )
  }

describe("a value that resists a look", () => {
  const values: readonly (readonly [string, () => object])[] = [
    ["a proxy that throws", resisting],
    ["a revoked proxy", revoked],
    ["an object whose parts throw", closed],
  ]
  const scenarios: readonly (readonly [string, Scenario, unknown])[] = [
    ["is asked with", asked("echo"), "answered"],
    ["is thrown by a handler", asked("fails"), "INTERNAL"],
    ["is the cause of a refusal", asked("refuses"), "INTERNAL"],
    [
      "is told to a server and to an actor",
      (runtime, value) => [echo, listener].map((each) => runtime.tell(runtime.spawn(each), value)).length,
      2,
    ],
    ["is asked of an actor", (runtime, value) => runtime.ask(runtime.spawn(listener), value), "heard"],
  ]
  it.each(values.flatMap(([what, make]) => scenarios.map(([how, run, outcome]) => [what, how, make, run, outcome] as const)))(
    "%s, %s, is nothing to fail for, nor to be told of otherwise",
    async (_what, _how, make, run, outcome) => {
      const application = () => ({
        tree: { "app:echo": echo },
        async run(runtime: Runtime) {
          expect(await run(runtime, make())).toBe(outcome)
        },
      })
      expect((await explore(application, { schedules: 20 })).failure).toBeUndefined()
    },
  )
})

describe("a call outside", () => {
  it.each<[string, unknown, unknown, string]>([
    ["that has no name", undefined, () => 1, "name must be a non-empty string"],
    ["of an empty name", "", () => 1, "name must be a non-empty string"],
    ["named by a symbol", Symbol("bank"), () => 1, "name must be a non-empty string"],
    ["named by what resists a look", resisting(), () => 1, "name must be a non-empty string"],
    ["that is no function", "bank", 5, "work must be a function; got 5"],
    ["that is a promise, begun already", "bank", Promise.resolve(1), "work must be a function; got an object"],
  ])("%s is refused where it is made", async (_what, name, work, message) => {
    const run = async (_runtime: Runtime, world: World) => {
      const error = await refusalOf(world.external(name as string, work as () => unknown))
      expect(error).toMatchObject({ kind: "INVALID", message: expect.stringContaining(message) })
    }
    expect((await explore(only(run), { schedules: 3 })).failure).toBeUndefined()
  })
})

describe("a model", () => {
  const explored = (model: ServiceModel<never>, argument: unknown = 1) => {
    const run = async (runtime: Runtime) => {
      const mailbox = await acquireEcho(runtime)
      await mailbox.call.echo(argument)
    }
    return explore(() => ({ tree: { "app:echo": echo }, run }), { schedules: 3, models: { "app:echo": model } })
  }

  it.each([
    ["revoked", revoked],
    ["closed", closed],
  ])("whose state cannot be read (%s) is refused, and named", async (_what, state) => {
    const refusal = await refusalOf(explored({ init: () => state() as never, call: { echo: (state: never) => [state, undefined] } }))
    expect(refusal).toMatchObject({
      kind: "INVALID",
      message: expect.stringMatching(/^models\["app:echo"\]\.init must give a state of plain data/),
    })
    const later = await refusalOf(explored({ init: () => 0 as never, call: { echo: () => [state() as never, undefined] } }))
    expect(later).toMatchObject({ message: expect.stringMatching(/^models\["app:echo"\]\.call\.echo must give a state of plain data/) })
  })

  it.each([
    ["a proxy that throws", resisting],
    ["a revoked proxy", revoked],
    ["an object whose parts throw", closed],
  ])("is given an argument that cannot be copied, %s, as it is", async (_what, argument) => {
    const given: unknown[] = []
    const call = {
      echo: (state: never, value: unknown) => {
        given.push(value)
        return [state, undefined] as const
      },
    }
    const sent = argument()
    expect((await explored({ init: () => 0 as never, call }, sent)).failure).toBeUndefined()
    expect(given[0] === sent).toBe(true)
  })
})
