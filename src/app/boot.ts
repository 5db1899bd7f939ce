/** Builds a runtime from its parts and boots its tree. */

import type { Context } from "../behaviours/context.ts"
import { spawn } from "../behaviours/spawn.ts"
import { Unavailable } from "../kernel/errors.ts"
import { type ExitReason, formatExitReason } from "../kernel/exit-reason.ts"
import type { Host } from "../kernel/host.ts"
import { Kernel } from "../kernel/kernel.ts"
import type { Process } from "../kernel/process.ts"
import { Gate, type Identity } from "../security/gate.ts"
import { anonymous } from "../security/principal.ts"
import { Services } from "../service/services.ts"
import type { Supervisor } from "../supervision/supervisor.ts"
import { Topology } from "../topology/topology.ts"
import { assembleRoot } from "./assembly.ts"
import { Inspection, type Log } from "./inspection.ts"
import { type CallerContext, Runtime, type RuntimeOptions } from "./runtime.ts"
import { stopAll } from "./stop.ts"
import type { SupervisorDefinition } from "./tree.ts"

/** What a failed start has spawned may take so long to stop. */
const FAILED_START_STOP_MS = 5000

/** Builds and boots; rejects, with nothing left running, when the tree cannot be started. */
export async function boot<S extends object>(
  tree: SupervisorDefinition<S>,
  options: RuntimeOptions,
  host: Host,
  log: Log,
): Promise<Runtime<S>> {
  const kernel = new Kernel(host)
  const topology = new Topology(kernel)
  const inspection = new Inspection(kernel, log)
  if (options.inspect !== undefined) inspection.add(options.inspect)
  const gate = new Gate(inspection.report)
  gate.set(options.policies ?? [])
  const identity = gate.identify(options.principal ?? anonymous)
  const services = new Services(kernel, gate, inspection.report)
  const context: Context = {
    kernel,
    topology,
    acquire: (caller, id, as) => services.acquire(id, { ...identityOf(caller, identity), caller }, as),
  }
  let root: Supervisor | undefined
  topology.onEnd((process, reason) => {
    services.callerEnded(process)
    if (process.parent === undefined && process !== root) logCrash(process, reason, inspection)
  })

  root = assembleRoot(tree, { ...context, services, gate, identity, report: inspection.report })()
  const failure = await new Promise<ExitReason | undefined>((resolve) => root.onStarted(resolve))
  if (failure !== undefined) {
    await stopAll(kernel, root, FAILED_START_STOP_MS)
    throw startFailure(failure)
  }
  return new Runtime<S>({ kernel, topology, gate, inspection, identity, services, root, spawn: spawner(context, root) })
}

function spawner(context: Context, root: Supervisor): CallerContext["spawn"] {
  return (definition, argument, identity, { name, inbox }) => {
    if (root.status === "ended" || root.status === "ending") throw new Unavailable("the application is stopping", { retryable: false })
    return spawn(context, definition, argument, { principal: identity, name, inbox })
  }
}

function identityOf(caller: Process, fallback: Identity): Identity {
  return (caller.principal as Identity | undefined) ?? fallback
}

/** A supervised child's crash is told by its supervisor; the others have nobody else to tell of theirs. */
function logCrash(process: Process, reason: ExitReason, inspection: Inspection): void {
  if (typeof reason !== "object" || !("error" in reason)) return
  inspection.log({ level: "error", message: `${process.label} crashed: ${formatExitReason(reason)}`, error: reason.error })
}

function startFailure(reason: ExitReason): unknown {
  if (typeof reason === "object" && "error" in reason) return reason.error
  return new Unavailable(`the application could not be started: ${formatExitReason(reason)}`)
}
