/** Stopping one process and waiting for its end. Source: OTP, gen_server:stop/3. */

import { canceledError, followed } from "../kernel/abort-signal.ts"
import { Alarm } from "../kernel/alarm.ts"
import { type AskOptions, signalOf, timeoutOf } from "../kernel/ask-options.ts"
import { selfAskError } from "../kernel/circle.ts"
import { NO_LIMIT } from "../kernel/envelope.ts"
import { Timeout } from "../kernel/errors.ts"
import { checkStopReason, type ExitReason, exitError } from "../kernel/exit-reason.ts"
import type { Kernel } from "../kernel/kernel.ts"
import { goneError, type Pid } from "../kernel/pid.ts"
import type { Process } from "../kernel/process.ts"
import { processOf } from "../kernel/process-of.ts"
import { begun } from "../kernel/unheard.ts"

/** Resolves when it has ended by this reason. It goes on stopping where the time runs out, or the signal is aborted. */
export function stopProcess(kernel: Kernel, pid: Pid, reason: ExitReason, options: AskOptions | undefined): Promise<void> {
  return begun(kernel, () => {
    const timeoutMs = timeoutOf(options)
    const process = processOf(pid, kernel)
    if (process === undefined) throw goneError(pid)
    return stopped(process, reason, timeoutMs, signalOf(options))
  })
}

function stopped(process: Process, wanted: ExitReason, timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
  const reason = checkStopReason(wanted)
  if (process.kernel.turn.process === process) throw selfAskError(process.label)
  return new Promise((resolve, reject) => {
    const over = (error: unknown): void => {
      release()
      process.forgetEnded(settle)
      reject(error)
    }
    const canceled = (why: unknown): void => over(canceledError(process.label, "stop", why))
    const follower = { aborted: canceled }
    const follows = followed(signal, follower, process.label, "stop")
    const expired = (): void => over(stopError(process.label, timeoutMs))
    const alarm = timeoutMs === NO_LIMIT ? undefined : new Alarm(process.kernel, timeoutMs, expired)
    const release = (): void => {
      alarm?.cancel()
      follows?.delete(follower)
    }
    const settle = (ended: ExitReason): void => {
      release()
      if (ended === reason) resolve()
      else reject(exitError(process.label, ended))
    }
    process.onEnded(settle)
    process.urge({ type: "stop", reason })
  })
}

function stopError(target: string, timeoutMs: number): Timeout {
  return new Timeout(`${target} did not stop within ${timeoutMs} ms`, { details: { target, operation: "stop", timeoutMs } })
}
