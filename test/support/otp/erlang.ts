/** Erlang's own supervisors, in a program beside the tests (`supervision.escript`): a tree and a script in, what came of each step out. */

import { type ChildProcessByStdio, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface, type Interface } from "node:readline"
import type { Readable, Writable } from "node:stream"
import type { Plan, SupervisorPlan } from "../../models/supervision-model.ts"
import type { Script, Step } from "./script.ts"

/** What was answered; who began and ended, in its order; who lives then. */
export type Told = readonly [answer: string, story: readonly string[], living: readonly string[]]

export class Erlang {
  readonly #program: ChildProcessByStdio<Writable, Readable, null>
  readonly #lines: AsyncIterator<string>

  constructor(escript: string) {
    this.#program = spawn(escript, [join(import.meta.dirname, "supervision.escript")], { stdio: ["pipe", "pipe", "inherit"] })
    const lines: Interface = createInterface({ input: this.#program.stdout })
    this.#lines = lines[Symbol.asyncIterator]()
  }

  /** The start, each step, and the stop where it still runs. */
  async carryOut({ tree, failures, steps }: Script): Promise<readonly Told[]> {
    const failing = Object.entries(failures).map(([id, times]) => `{${text(id)},${times}}`)
    this.#program.stdin.write(`{${term(tree)},[${failing}],[${steps.map(stepTerm)}]}.\n`)
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error("Erlang has ended")
    return JSON.parse(value) as readonly Told[]
  }

  async close(): Promise<void> {
    const exited = once(this.#program, "exit")
    this.#program.stdin.end()
    await exited
  }
}

function stepTerm(step: Step): string {
  const of = text(step.id)
  switch (step.type) {
    case "fail":
      return `{fail,${of},${step.times}}`
    case "end":
      return step.ending === "kill" ? `{kill,${of}}` : `{'end',${of},${step.ending}}`
    case "which":
    case "count":
      return `{${step.type},${of}}`
    case "start_dynamic":
      return `{start_dynamic,${of},${text(step.plan.id)}}`
    case "start":
      return `{start,${of},${term(step.plan)}}`
    default:
      return `{${step.type},${of},${text(step.child)}}`
  }
}

function term(plan: Plan): string {
  const { id, restart, shutdown, significant } = plan
  const keep = `${text(id)},${restart},${shutdown},${significant}`
  if (plan.kind === "worker") return `{worker,${keep},${plan.clearUpMs > 0}}`
  const kind = plan.kind === "dynamic" ? "dynamic" : "supervisor"
  return `{${kind},${keep},${rules(plan)},[${plan.children.map(term)}]}`
}

function rules({ strategy, autoShutdown, intensity, periodMs }: SupervisorPlan): string {
  return `${strategy},${autoShutdown},${intensity},${periodMs / 1000}`
}

function text(id: string): string {
  return `<<"${id}">>`
}
