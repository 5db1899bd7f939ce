/** What an arm tells the bench: its figures, and the work that it has seen completed. */

export interface ArmReport {
  /** Operations that had to complete in the measured time. */
  readonly expected: number
  /** Operations that did: replies received and found right, entries expired. Never messages sent. */
  readonly completed: number
  /** By name, with its unit in it: `"ns an ask"`. One value a sample. */
  readonly figures: Readonly<Record<string, readonly number[]>>
}

/** Tells the bench; once, at the end of the arm. */
export function report(armReport: ArmReport): void {
  process.stdout.write(`${JSON.stringify(armReport)}\n`)
}

/** What the bench asks of this arm. */
export function parameters<T>(): T {
  return JSON.parse(process.argv[2] ?? "{}") as T
}
