/** A program that a test runs beside itself, tells things, and hears. It is gone after the test, whatever happens. */

import { type ChildProcess, spawn } from "node:child_process"
import { PROJECT } from "../house/source.ts"

const MOST_MS = 50_000

export class RunningProgram implements AsyncDisposable {
  stdout = ""
  stderr = ""
  readonly #child: ChildProcess
  readonly #ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  #heard: () => void = () => {}

  constructor(argv: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = PROJECT) {
    const child = spawn("node", argv, {
      cwd,
      env: { ...process.env, NODE_OPTIONS: "", ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: MOST_MS,
      killSignal: "SIGKILL",
    })
    this.#child = child
    child.stdout.setEncoding("utf8").on("data", (text: string) => this.#hear(() => (this.stdout += text)))
    child.stderr.setEncoding("utf8").on("data", (text: string) => this.#hear(() => (this.stderr += text)))
    this.#ended = new Promise((resolve, reject) => {
      child.on("error", reject)
      child.on("close", (code, signal) => this.#hear(() => resolve({ code, signal })))
    })
  }

  /** Resolves once it has printed that, so many times; throws where it ends without. */
  async prints(what: RegExp, times = 1): Promise<void> {
    let isOver = false
    void this.#ended.then(() => {
      isOver = true
    })
    const all = new RegExp(what, "g")
    while ((this.output.match(all) ?? []).length < times) {
      if (isOver) throw new Error(`it has ended without ${what}:\n${this.output}`)
      await new Promise<void>((resolve) => {
        this.#heard = resolve
      })
    }
  }

  get output(): string {
    return this.stdout + this.stderr
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  get ended(): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }> {
    return this.#ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL")
    await this.#ended
  }

  #hear(take: () => void): void {
    take()
    this.#heard()
  }
}
