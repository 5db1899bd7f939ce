/** A terminal that keeps what it is told; each time that its clock is looked at, it is so much later. */

import type { Terminal } from "../../command/terminal.ts"

export interface KeptTerminalOptions {
  readonly columns?: number
  readonly stepMs?: number
  readonly env?: Readonly<Record<string, string>>
}

export class KeptTerminal implements Terminal {
  printed = ""
  told = ""
  readonly columns: number | undefined
  readonly env: Readonly<Record<string, string>>
  interrupted: (() => string) | undefined = undefined
  readonly #stepMs: number
  #now = 0

  constructor({ columns, stepMs = 0, env = {} }: KeptTerminalOptions = {}) {
    this.columns = columns
    this.#stepMs = stepMs
    this.env = env
  }

  print(text: string): void {
    this.printed += text
  }

  tell(text: string): void {
    this.told += text
  }

  now(): number {
    this.#now += this.#stepMs
    return this.#now
  }
}
