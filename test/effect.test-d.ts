/** What must not compile of `pigeonhole/effect`. */

import { Context, Layer, Logger, ManagedRuntime } from "effect"
import { type Log, start } from "../actors/index.ts"
import { effectLog } from "../src/effect.ts"

class Clock extends Context.Service<Clock, { readonly now: number }>()("test/Clock") {}

const log: Log = effectLog()
effectLog(Context.empty())
effectLog(Context.make(Clock, { now: 0 }))
effectLog(ManagedRuntime.make(Logger.layer([])))
effectLog(ManagedRuntime.make(Layer.succeed(Clock, { now: 0 })))
void start({}, { log })

// @ts-expect-error -- a layer has to be made a runtime first: its maker disposes of it
effectLog(Logger.layer([]))
// @ts-expect-error -- a logger alone is no services
effectLog(Logger.consoleJson)
// @ts-expect-error -- it makes a log; it is none
void start({}, { log: effectLog })
