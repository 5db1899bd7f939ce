/** The program that the runtime runs in, where the host has one: Node's `process`. A web page, a worker of one and an edge isolate have none. */

import { invalid } from "../kernel/errors.ts"

/** What an option of `start` asks of the program: what it is told of, and how it ends. */
export type HostProgram = NodeJS.Process

/** Throws `Invalid` where the host has no program that can do all of `needs`; before anything is started. */
export function hostProgram(option: string, needs: readonly (keyof HostProgram)[]): HostProgram {
  const program: Partial<HostProgram> | undefined = globalThis.process
  const missing = needs.find((name) => typeof program?.[name] !== "function")
  if (missing === undefined) return program as HostProgram
  throw invalid(option, `needs a program around the runtime, and this host has none: there is no process.${String(missing)}`)
}
