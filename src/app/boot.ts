/** Builds a runtime from its parts and boots its tree. */

import { Inspection } from "../inspection/inspection.ts"
import type { InspectionEvent } from "../inspection/inspection-event.ts"
import type { Log } from "../inspection/log.ts"
import type { Origin } from "../kernel/envelope.ts"
import { Unavailable } from "../kernel/errors.ts"
import { type ExitReason, formatExitReason } from "../kernel/exit-reason.ts"
import type { Host } from "../kernel/host.ts"
import { kernelOn, tellBegin } from "../kernel/kernel-host.ts"
import type { Process } from "../kernel/process.ts"
import { RequestFollowing } from "../kernel/request-following.ts"
import type { Context } from "../process/context.ts"
import { spawn } from "../process/spawn.ts"
import { Gate, type Identity } from "../security/gate.ts"
import { anonymous } from "../security/principal.ts"
import { Attachment } from "../service/attachment.ts"
import { Services } from "../service/services.ts"
import type { SupervisorProcess } from "../supervision/supervisor-process.ts"
import { taskStarter } from "../task/task-starter.ts"
import { Topology } from "../topology/topology.ts"
import { ApplicationEnd } from "./application-end.ts"
import { assembleRoot } from "./assembly.ts"
import type { CallerContext } from "./caller-context.ts"
import { exitCodeOf, GiveUpExit } from "./give-up-exit.ts"
import { DEFAULT_STOP_MS, Runtime, type RuntimeOptions } from "./runtime.ts"
import { Signals, type StopSignal, signalsOf } from "./signals.ts"
import { Stop } from "./stop.ts"
import type { SupervisorDefinition } from "./supervisor-definition.ts"

/** What a failed start has spawned may take so long to stop. */
const FAILED_START_STOP_MS = 5000

/** Builds and boots; rejects, with nothing left running, when the tree cannot be started. */
export async function boot<S extends object>(
  tree: SupervisorDefinition<S>,
  options: RuntimeOptions,
  host: Host,
  log: Log,
): Promise<Runtime<S>> {
  const signals = signalsOf(options.signals)
  const giveUpExit = new GiveUpExit(exitCodeOf(options.exitOnGiveUp), host)
  const kernel = kernelOn(host, options.asyncContext)
  const topology = new Topology(kernel)
  const inspection = new Inspection(kernel, topology, log)
  tellBegin(host, topology, inspection)
  if (options.tracer !== undefined) kernel.following = new RequestFollowing(kernel, options.tracer)
  if (options.inspect !== undefined) inspection.add(options.inspect, options)
  const gate = new Gate(inspection.report)
  const { policies = [], principal = anonymous } = tree.application
  // Those of the options first: where one is wrong, it is called by its place there.
  gate.set([...(options.policies ?? []), ...policies])
  const identity = gate.identify(options.principal ?? principal)
  const services = new Services(kernel, gate, topology.registries.waits, inspection.report)
  const context: Context = {
    kernel,
    topology,
    acquire: (caller, id, wish, inNameOf) => services.acquire(id, { ...identityOf(caller, identity, inNameOf), caller }, wish),
    tasks: taskStarter(topology),
    tellWatchers: inspection.report,
    measured: inspection.measured,
  }
  topology.onEnd((process) => services.callerEnded(process))

  const report = (event: InspectionEvent): void => {
    if (event.type === "gave_up" && event.supervisor === root.label) giveUpExit.gaveUp()
    inspection.report(event)
  }
  const root: SupervisorProcess = assembleRoot(tree, { ...context, services, gate, identity, report })()
  const stop = new Stop({ kernel, topology, inspection, root })
  const end = new ApplicationEnd(root, host, (entry) => inspection.log(entry))
  void stop.finished.then(() => end.release())
  if (signals.length > 0) listen(signals, stop, inspection, host, end)
  const failure = await new Promise<ExitReason | undefined>((resolve) => root.onStarted(resolve))
  if (stop.isBegun) throw await stoppedStart(stop)
  if (failure !== undefined) {
    await stop.within(FAILED_START_STOP_MS)
    throw startFailure(failure)
  }
  followEnd(root, stop, inspection, giveUpExit)
  return new Runtime<S>({ kernel, topology, gate, inspection, identity, services, root, stop, end, spawn: spawner(context, stop) })
}

/** The application may end by itself: what it leaves is stopped, too. */
function followEnd(root: Process, stop: Stop, inspection: Inspection, giveUpExit: GiveUpExit): void {
  root.onEnded((reason) => {
    const entry = stop.isBegun ? undefined : giveUpExit.ended(reason)
    if (entry !== undefined) inspection.log(entry)
    void stop.within(DEFAULT_STOP_MS).then(() => giveUpExit.stopped())
  })
}

/** From the boot on, so that a start that takes for ever can be stopped too. A program that ends by a signal lives until then. */
function listen(signals: readonly StopSignal[], stop: Stop, inspection: Inspection, host: Host, end: ApplicationEnd): void {
  end.hold()
  const listening = new Signals(signals, { host, log: (entry) => inspection.log(entry), stop: () => stop.within(DEFAULT_STOP_MS) })
  void stop.finished.then(() => listening.close())
}

async function stoppedStart(stop: Stop): Promise<Unavailable> {
  await stop.finished
  return new Unavailable("the application was stopped while it started", { retryable: false })
}

function spawner(context: Context, stop: Stop): CallerContext["spawn"] {
  return (definition, argument, identity, { name, inbox }) => {
    if (stop.isBegun) throw new Unavailable("the application is stopping", { retryable: false })
    return spawn(context, definition, argument, { parent: undefined, principal: identity, name, inbox })
  }
}

/** An identity is taken from what the runtime has attached, and from nothing that code makes up. */
function identityOf(caller: Process, fallback: Identity, inNameOf: Origin | undefined): Identity {
  if (inNameOf instanceof Attachment) return inNameOf.holder
  return (caller.principal as Identity | undefined) ?? fallback
}

function startFailure(reason: ExitReason): unknown {
  if (typeof reason === "object" && "error" in reason) return reason.error
  return new Unavailable(`the application could not be started: ${formatExitReason(reason)}`)
}
