/** A progress bar on a terminal; nothing where the output is not one. */

import type { WriteStream } from "node:tty"

const WIDTH = 30

export class Progress {
  readonly #stream: WriteStream | undefined
  readonly #total: number
  readonly #from = performance.now()
  #shownAt = 0

  constructor(total: number, stream: NodeJS.WriteStream) {
    this.#total = total
    this.#stream = stream.isTTY ? stream : undefined
  }

  show(done: number): void {
    const now = performance.now()
    if (this.#stream === undefined || (now - this.#shownAt < 50 && done < this.#total)) return
    this.#shownAt = now
    const share = done / this.#total
    const bar = "█".repeat(Math.round(share * WIDTH)).padEnd(WIDTH, "░")
    const rate = Math.round(done / (now - this.#from)) // requests a millisecond: thousands a second
    this.#stream.write(`\r${bar} ${String(Math.round(share * 100)).padStart(3)} %  ${rate} k requests/s `)
  }

  clear(): void {
    this.#stream?.write(`\r${" ".repeat(WIDTH + 32)}\r`)
  }
}
