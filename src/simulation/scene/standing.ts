/**
 * Processes that stand still where nothing can happen any more, though they wait for nobody's answer: in their start, in a handler, as they clear up, or because no
 * message comes. Whoever waits for an answer is told of by that, and supervisors by those below them.
 */

import { Envelope } from "../../kernel/envelope.ts"
import { Process } from "../../kernel/process.ts"
import { FunctionProcess } from "../../process/function-process.ts"
import { KeeperProcess } from "../../supervision/keeper-process.ts"
import { actorOf } from "./actor.ts"
import { nameOf } from "./candidate.ts"
import type { SimulatedKernel } from "./simulated-kernel.ts"
import { startedIn } from "./started-in.ts"
import type { Wait, WaitFor } from "./wait.ts"

/** In the order in which they were started; none of `told`. */
export function standingIn(kernels: readonly SimulatedKernel[], told: ReadonlySet<unknown>): readonly Wait[] {
  return startedIn(kernels).flatMap((process) => {
    if (!(process instanceof Process) || process instanceof KeeperProcess || told.has(process)) return []
    return waitsOf(process)
  })
}

function waitsOf(process: Process): readonly Wait[] {
  const { status, isStarted, work } = process
  const actor = actorOf(process)
  const waits = (part: WaitFor, what = ""): Wait => ({ actor, on: undefined, what, for: part })
  if (status === "ending") return [waits("end")]
  if (status === "busy" && !isStarted) return [waits("start")]
  if (work.length > 0) return work.map((token) => waits("handler", handledIn(process, token)))
  return process instanceof FunctionProcess && isStarted ? [waits("message")] : []
}

/** The message that this callback of its is for; empty where it is for none. */
export function handledIn({ underWay }: Process, token: object): string {
  const message = token instanceof Envelope ? token : underWay
  return message === undefined ? "" : nameOf(message)
}
