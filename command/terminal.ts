/** What a command has of the program that it is: where it prints, what it is told by its surroundings, and a clock. */

import process from "node:process"

/** A terminal, or what stands in its place. */
export interface Terminal {
  /** What was asked for. */
  print(text: string): void
  /** What is told beside. */
  tell(text: string): void
  /** Whether what is told is seen at once, in a window of so many columns; `undefined`: it is kept in a file, or read by a program. */
  readonly columns: number | undefined
  /** Milliseconds, on a clock that only goes forward. */
  now(): number
  readonly env: Readonly<Record<string, string | undefined>>
  /** What is printed where somebody interrupts the program: how far it is. The last one that is given here; `undefined`: nothing. */
  interrupted: (() => string) | undefined
}

const DEFAULT_COLUMNS = 80

/** That of this process. */
export const processTerminal: Terminal = {
  print: (text) => void process.stdout.write(text),
  tell: (text) => void process.stderr.write(text),
  get columns() {
    return process.stderr.isTTY === true ? process.stderr.columns || DEFAULT_COLUMNS : undefined
  },
  now: () => performance.now(),
  env: process.env,
  interrupted: undefined,
}
