/** A kernel on virtual time, processes whose `self` the test acts by, and what is left when tasks are over. */

import { actor, type Pid, type ProcessSelf, server } from "../../src/index.ts"
import type { Cancelable } from "../../src/kernel/affairs.ts"
import { Kernel } from "../../src/kernel/kernel.ts"
import type { Process } from "../../src/kernel/process.ts"
import { processesOf, processOf } from "../../src/kernel/process-of.ts"
import type { Context } from "../../src/process/context.ts"
import { spawn } from "../../src/process/spawn.ts"
import { taskStarter } from "../../src/task/task-starter.ts"
import { type VirtualTime, virtualTime } from "../../src/testing.ts"
import { Topology } from "../../src/topology/topology.ts"

/** A process that takes no messages, so that whatever is sent to it stays in its inbox. */
export interface TaskOwnerActor {
  readonly process: Process
  readonly pid: Pid
  readonly self: ProcessSelf<unknown>
  /** What is to be cancelled with the process. */
  readonly adopted: ReadonlySet<Cancelable>
  /** Has its function return. */
  readonly finish: () => void
}

export interface TaskStage {
  readonly time: VirtualTime
  readonly kernel: Kernel
  readonly topology: Topology
  owner(): Promise<TaskOwnerActor>
  /** Ends every process; what is left then. */
  close(): Promise<{ readonly processes: number; readonly deadlines: number; readonly hostTimers: number }>
}

export function openTaskStage(): TaskStage {
  const time = virtualTime({ unseenMs: 0 })
  const kernel = new Kernel(time)
  const topology = new Topology(kernel)
  const context: Context = {
    kernel,
    topology,
    tasks: taskStarter(topology),
    acquire: () => Promise.reject(new Error("there are no services here")),
    tellWatchers: () => {},
    measured: () => {},
  }
  const owner = async (): Promise<TaskOwnerActor> => {
    let acting: ProcessSelf<unknown> | undefined
    const { promise, resolve } = Promise.withResolvers<void>()
    const definition = actor((self) => {
      acting = self
      return promise
    })
    const pid = spawn(context, definition, undefined, {})
    await time.settle()
    const running = processOf(pid)
    if (acting === undefined || running === undefined) throw new Error("the owner did not start")
    return { process: running, pid, self: acting, adopted: adoptedBy(running), finish: resolve }
  }
  const close: TaskStage["close"] = async () => {
    for (const running of [...processesOf(kernel)]) running.urge({ type: "exit", reason: "kill" })
    await time.settle()
    const left = { processes: kernel.processes.size, deadlines: kernel.wheel.size }
    await time.advance(1e6)
    return { ...left, hostTimers: time.armedTimers }
  }
  return { time, kernel, topology, owner, close }
}

function adoptedBy(process: Process): ReadonlySet<Cancelable> {
  const adopted = new Set<Cancelable>()
  const [adopt, release] = [process.adopt.bind(process), process.release.bind(process)]
  process.adopt = (timer) => {
    adopted.add(timer)
    adopt(timer)
  }
  process.release = (timer) => {
    adopted.delete(timer)
    release(timer)
  }
  return adopted
}

/**
 * Keeps the runtime so busy that it leaves the host a turn before it goes on: what is asked of a process now takes effect only
 * after promises had their turn.
 */
export async function exhaust({ self }: TaskOwnerActor, { time }: TaskStage): Promise<void> {
  const sink = self.spawn(server({ init: () => ({}), info: () => undefined }), undefined)
  await time.settle()
  for (let message = 0; message < 20_000; message += 1) self.tell(sink, message)
  for (let hop = 0; hop < 3; hop += 1) await Promise.resolve()
  self.exit(sink, "kill")
}

/** What tasks have left with an owner that lives on: nothing, where all is well. */
export function leftWith({ process: owner, adopted }: TaskOwnerActor, { kernel, topology }: TaskStage): object {
  return {
    inbox: owner.inbox.size,
    isInboxEmpty: owner.inbox.isEmpty,
    links: [...topology.linkedTo(owner)].length,
    adopted: adopted.size,
    deadlines: kernel.wheel.size,
    others: kernel.processes.size - 1,
  }
}

export const NOTHING_LEFT = { inbox: 0, isInboxEmpty: true, links: 0, adopted: 0, deadlines: 0, others: 0 }

/** Lets time pass in a process, until its end at the latest. */
export async function pause(self: ProcessSelf<unknown>, ms: number): Promise<void> {
  self.after(ms, "go on")
  await self.receive((message) => message === "go on")
}
