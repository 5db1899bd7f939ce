/** By which option of `faults` each kind of fault is asked for. */

import type { FaultKind } from "../schedule/step.ts"

export const FAULT_KINDS = {
  crash: ["crash", "kill"],
  callerDies: ["caller_dies"],
  startFails: ["start_fails"],
  startHangs: ["start_hangs"],
  givesUp: ["gives_up"],
  slowHandler: ["slow_handler"],
  slowReply: ["slow_reply"],
  lostReply: ["lost_reply"],
  inboxFull: ["inbox_full"],
  smallBounds: ["small_inbox", "small_sweep"],
  externalFails: ["external_fails"],
  databaseFails: ["database_fails"],
  fileFails: ["file_fails"],
  tornFile: ["torn_file"],
  clockJump: ["clock_jump"],
  policyChange: ["policy_change"],
} as const satisfies Readonly<Record<string, readonly FaultKind[]>>

/** An option by which something falls. */
export type FaultName = keyof typeof FAULT_KINDS

export const FAULT_NAMES = Object.keys(FAULT_KINDS) as readonly FaultName[]
