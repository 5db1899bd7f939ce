/**
 * The services that a runtime's Effects run with: the context of the layer which started it, kept by its kernel. It belongs to the runtime and
 * not to a definition, as one definition may run in two.
 *
 * Invariant: it is there before the first process starts.
 */

import * as Context from "effect/Context"
import type { AsyncContextRule, AsyncContexts } from "../kernel/async-context.ts"
import type { Host, WorkUnderWay } from "../kernel/host.ts"
import type { Kernel } from "../kernel/kernel.ts"
import { type KernelHost, kernelOn } from "../kernel/kernel-host.ts"

const services = new WeakMap<Kernel, Context.Context<never>>()

/** What a runtime's Effects run with; nothing where no layer has started it. */
export function servicesOf(kernel: Kernel): Context.Context<never> {
  return services.get(kernel) ?? Context.empty()
}

/** That host, for one runtime whose Effects are to run with these services: `start(tree, { host: servedBy(host, context) })`. */
export function servedBy(host: Host, context: Context.Context<never>): Host {
  return new ServedHost(host, context)
}

/** Another host is called as its own object. */
class ServedHost implements KernelHost {
  readonly #host: Host
  readonly #context: Context.Context<never>

  constructor(host: Host, context: Context.Context<never>) {
    this.#host = host
    this.#context = context
  }

  /** The kernel runs on the host itself. */
  makeKernel(contextRule: AsyncContextRule | undefined): Kernel {
    const kernel = kernelOn(this.#host, contextRule)
    services.set(kernel, this.#context)
    return kernel
  }

  now(): number {
    return this.#host.now()
  }

  setTimer(callback: () => void, delayMs: number): unknown {
    return this.#host.setTimer(callback, delayMs)
  }

  holdTimer(timer: unknown, isHeld: boolean): void {
    this.#host.holdTimer(timer, isHeld)
  }

  clearTimer(timer: unknown): void {
    this.#host.clearTimer(timer)
  }

  microtask(callback: () => void): void {
    this.#host.microtask(callback)
  }

  yield(callback: () => void): void {
    this.#host.yield(callback)
  }

  random(): number {
    return this.#host.random()
  }

  get asyncContexts(): AsyncContexts | undefined {
    return this.#host.asyncContexts
  }

  get isVirtual(): boolean {
    return this.#host.isVirtual === true
  }

  attach(workload: { underWay(): readonly WorkUnderWay[] }): void {
    this.#host.attach?.(workload)
  }
}
