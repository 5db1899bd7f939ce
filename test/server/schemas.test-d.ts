/** What operations with schemas take and give, as the compiler has it. Never run. */

import * as v from "valibot"
import * as z from "zod"
import {
  type CallsOf,
  Deferred,
  failure,
  NotFound,
  type Runtime,
  type SchemaInput,
  type SchemaOutput,
  type StandardSchema,
  server,
} from "../../src/index.ts"

declare const runtime: Runtime

const Adding = z.object({ by: z.string().transform(Number) })

const adder = server({
  init: (from: number) => ({ count: from, list: [0] }),
  call: {
    plain: (state, by: number) => state.count + by,
    add: {
      payload: Adding,
      success: z.number().transform(String),
      handle: (state, argument, self) => {
        argument satisfies { by: number }
        self.now() satisfies number
        state.count satisfies number
        return state.count + argument.by
      },
    },
    echo: { payload: v.string(), handle: (_state, text) => text.length },
    maybe: { payload: z.string().optional(), handle: (_state, text) => text ?? "" },
    wait: { success: z.number(), handle: async (state) => state.count },
    later: { success: z.number(), handle: (_state, _none: undefined, self) => self.defer<number>() },
    fails: {
      error: z.object({ code: z.literal("limit") }),
      handle: (state) => (state.count > 1 ? failure({ code: "limit" }) : state.count),
    },
    relays: (state, id: string) => runtime.stop().then(() => `${id}${state.count}`, failure),
    misses: { handle: (state, id: string) => (id === "" ? failure(new NotFound("none")) : state.count) },
  },
  cast: { set: { payload: z.number(), handle: (state, to) => void state.list.push(to) }, reset: (state) => void state.list.pop() },
})

const pid = runtime.spawn(adder, 1)
pid.call.add({ by: "1" }) satisfies Promise<string>
pid.call.add({ by: "1" }, { timeoutMs: 1 }) satisfies Promise<string>
pid.call.plain(1) satisfies Promise<number>
pid.call.echo("a") satisfies Promise<number>
pid.call.maybe() satisfies Promise<string>
pid.call.maybe("a") satisfies Promise<string>
pid.call.wait() satisfies Promise<number>
pid.call.later() satisfies Promise<number>
pid.call.fails() satisfies Promise<number>
pid.call.misses("a") satisfies Promise<number>
pid.call.relays("a") satisfies Promise<string>
pid.cast.set(1)
pid.cast.reset()
// @ts-expect-error it takes what the schema takes, and not what it gives
pid.call.add({ by: 1 })
// @ts-expect-error its argument is required
pid.call.add()
// @ts-expect-error the reply is what its schema gives
pid.call.add({ by: "1" }) satisfies Promise<number>
// @ts-expect-error it takes a number
pid.cast.set("1")

// @ts-expect-error the reply is a number
server({ init: () => ({}), call: { add: { success: z.number(), handle: () => "one" } } })
// @ts-expect-error so it is where it is waited for
server({ init: () => ({}), call: { add: { success: z.number(), handle: async () => "one" } } })
// @ts-expect-error and where it comes later
server({ init: () => ({}), call: { add: { success: z.number(), handle: (_state, _none: undefined, self) => self.defer<string>() } } })
// @ts-expect-error the handler is given a number
server({ init: () => ({}), call: { add: { payload: z.number(), handle: (_state, by: string) => by } } })
// @ts-expect-error it has declared no such error
server({ init: () => ({}), call: { add: { error: z.object({ code: z.literal("limit") }), handle: () => failure({ code: "other" }) } } })
// @ts-expect-error it has declared no error at all
server({ init: () => ({}), call: { add: { payload: z.number(), handle: () => failure({ code: "other" }) } } })
// @ts-expect-error nor has this one
server({ init: () => ({}), call: { add: () => failure({ code: "other" }) } })
// @ts-expect-error a schema is of the standard
server({ init: () => ({}), call: { add: { payload: { parse: () => 1 }, handle: () => 1 } } })
// @ts-expect-error an operation has a handler
server({ init: () => ({}), call: { add: { payload: z.number() } } })
// @ts-expect-error a cast has no reply
server({ init: () => ({}), cast: { add: { success: z.number(), handle: () => 1 } } })

"1" satisfies SchemaInput<(typeof Adding)["shape"]["by"]>
1 satisfies SchemaOutput<(typeof Adding)["shape"]["by"]>
declare const own: StandardSchema<string, Date>
new Date() satisfies SchemaOutput<typeof own>
export type Calls = CallsOf<{ add: (payload: { by: string }) => string }>
pid.call satisfies Pick<Calls, "add">
new Deferred<number>(undefined).fail(new NotFound("none"))
