/**
 * Where the Effects of one process run: the services of its runtime, a Scope that is closed when the process has ended, and the runtime's clock.
 * It is the process's context too, so that whoever has its `self` finds it.
 *
 * Invariants
 * - The Scope is closed once: behind `terminate`, or at the end that no hook has seen (a kill, a start that failed).
 * - Nothing of a caller's fiber is seen here but who acts (`Principal.current`, with the scopes) and the span of the request that is handled; nothing of the fiber that has built the
 *   layer but its services.
 */

import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Fiber } from "effect/Fiber"
import * as Turns from "effect/Scheduler"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import type { Origin } from "../kernel/envelope.ts"
import { type Invalid, invalid, Unavailable } from "../kernel/errors.ts"
import { type ExitReason, isExpectedExit } from "../kernel/exit-reason.ts"
import type { Kernel } from "../kernel/kernel.ts"
import type { Process } from "../kernel/process.ts"
import type { Context as ProcessContext } from "../process/context.ts"
import { contextOf, type Self } from "../process/self.ts"
import type { Topology } from "../topology/topology.ts"
import { carriedActing } from "./carried-acting.ts"
import { belowHandling } from "./effect-tracer.ts"
import { EffectCrash, thrownBy } from "./exit-of-cause.ts"
import { HandlerRuntime } from "./handler-runtime.ts"
import { KernelClock, schedulerOf } from "./kernel-clock.ts"
import { CurrentActing } from "./principal.ts"
import { contextOf as servicesOf } from "./runtime-context.ts"
import { CurrentRuntime } from "./runtime-service.ts"

/** Runs an Effect as far as it comes without waiting. */
export type Run = (effect: Effect.Effect<unknown, unknown, never>) => Fiber<unknown, unknown>

export class EffectHome implements ProcessContext {
  readonly kernel: Kernel
  readonly topology: Topology
  readonly tasks: ProcessContext["tasks"]
  readonly tellWatchers: ProcessContext["tellWatchers"]
  readonly measured: ProcessContext["measured"]
  readonly #base: ProcessContext
  readonly #scope = Scope.makeUnsafe()
  readonly #services: Context.Context<never>
  readonly #run: Run
  #process: Process | undefined = undefined
  /** Of whoever has acted last: in a row, requests are mostly one's. */
  #lastOrigin: Origin | undefined = undefined
  #lastServices: Context.Context<never>
  #lastRun: Run
  #end: AbortController | undefined = undefined

  constructor(context: ProcessContext) {
    // What a process starts has a home of its own.
    const base = context instanceof EffectHome ? context.#base : context
    this.#base = base
    this.kernel = base.kernel
    this.topology = base.topology
    this.tasks = base.tasks
    this.tellWatchers = base.tellWatchers
    this.measured = base.measured
    this.#services = this.#withOwn(commonOf(base.kernel))
    this.#run = Effect.runForkWith(this.#services)
    this.#lastServices = this.#services
    this.#lastRun = this.#run
  }

  acquire(...parameters: Parameters<ProcessContext["acquire"]>): Promise<unknown> {
    return this.#base.acquire(...parameters)
  }

  #withOwn({ services, hasClock }: Common): Context.Context<never> {
    const clock = hasClock ? services : Context.add(services, Clock.Clock, new KernelClock(this.kernel, () => this.#process))
    const scoped = Context.add(clock, Scope.Scope, this.#scope)
    const process = (): Process | undefined => this.#process
    const own = new HandlerRuntime({
      context: this.#base,
      get process() {
        return process()
      },
    })
    return Context.add(scoped, CurrentRuntime, own)
  }

  /** It is that process's from now on. */
  settle(process: Process): void {
    this.#process = process
    process.onEnded((reason) => this.#abandon(reason))
  }

  get label(): string {
    return this.#process?.label ?? "a process"
  }

  /** What to run an Effect of the present message with: its principal is whoever has asked, its span that of the request. Called in its handler's synchronous part. */
  get run(): Run {
    const origin = this.#process?.underWay?.origin
    if (origin !== this.#lastOrigin) this.#actFor(origin)
    const below = belowHandling(this.#lastServices)
    return below === undefined ? this.#lastRun : Effect.runForkWith(below)
  }

  #actFor(origin: Origin | undefined): void {
    const acting = carriedActing(origin)
    this.#lastOrigin = origin
    this.#lastServices = acting === undefined ? this.#services : Context.add(this.#services, CurrentActing, acting)
    this.#lastRun = Effect.runForkWith(this.#lastServices)
  }

  /** What to run an Effect with that is of no message. */
  get ownRun(): Run {
    return this.#run
  }

  /** Closes the Scope; `undefined` where there was nothing to do. Rejects where a finalizer has failed. */
  close(reason: ExitReason): Promise<void> | undefined {
    const closing = Scope.closeUnsafe(this.#scope, exitOf(reason))
    if (closing === undefined) return undefined
    // What sleeps in it does so to its end.
    const fiber = this.#run(Effect.uninterruptible(closing))
    const exit = fiber.pollUnsafe()
    if (exit !== undefined && Exit.isSuccess(exit)) return undefined
    return new Promise((resolve, reject) => {
      fiber.addObserver((end) => (Exit.isSuccess(end) ? resolve() : reject(thrownBy(end.cause, this.label))))
    })
  }

  /** Aborted when it has ended, whatever still clears up: what is killed then is not waited for. */
  get ended(): AbortSignal {
    this.#end ??= new AbortController()
    if (this.#process?.status === "ended") this.#end.abort()
    return this.#end.signal
  }

  /** It has ended without its hooks, or they have closed the Scope already. */
  #abandon(reason: ExitReason): void {
    this.#end?.abort(new Unavailable(`${this.label} was killed`, { retryable: false }))
    this.close(reason)?.catch((error: unknown) => this.kernel.fault("a finalizer of an ended process", error))
  }
}

/** The home of whoever has that `self`. Throws `Invalid`: its process was started from a definition without Effects. */
export function homeOf(self: Self): EffectHome {
  const context = contextOf(self)
  if (context instanceof EffectHome) return context
  throw noHome()
}

/** For a definition that is to run in a process that was started from one without Effects. */
export function noHome(): Invalid {
  return invalid("definition", "has handlers that are Effects: start the process from it, in place of changing the code of another to it")
}

/** What all processes of a runtime have in common. */
interface Common {
  readonly services: Context.Context<never>
  readonly hasClock: boolean
}

const commons = new WeakMap<Kernel, Common>()

/** What the layer says of clock and turns goes before the runtime's. */
function commonOf(kernel: Kernel): Common {
  const known = commons.get(kernel)
  if (known !== undefined) return known
  const given = withoutBuilder(servicesOf(kernel.host) ?? Context.empty())
  const said = given.mapUnsafe
  const services = said.has(Turns.Scheduler.key) ? given : Context.add(given, Turns.Scheduler, schedulerOf(kernel))
  const common = { services, hasClock: said.has(Clock.Clock.key) }
  commons.set(kernel, common)
  return common
}

/** Whoever has built the layer, and in which span, is nobody whom a process acts for. */
function withoutBuilder(services: Context.Context<never>): Context.Context<never> {
  return Context.omit(CurrentActing, Tracer.ParentSpan)(services)
}

/** What finalizers are told. */
function exitOf(reason: ExitReason): Exit.Exit<unknown, unknown> {
  if (typeof reason === "object" && "error" in reason)
    return reason.error instanceof EffectCrash ? Exit.failCause(reason.error.cause) : Exit.die(reason.error)
  return isExpectedExit(reason) ? Exit.void : Exit.interrupt()
}
