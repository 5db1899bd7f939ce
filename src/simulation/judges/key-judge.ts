/**
 * Judges promise 28: who looks a child up by its key, or has it started, is given the address of a process that has started, and had not ended before that.
 *
 * It looks at what a supervisor answers. Where nobody asks for a child by its key, it costs a look at the name of each message.
 *
 * Not here: that one child has a key at a time, which its registry sees to.
 */

import type { Envelope } from "../../kernel/envelope.ts"
import type { Inbox } from "../../kernel/inbox.ts"
import { isPid, type Pid } from "../../kernel/pid.ts"
import { processBehind } from "../../kernel/process-of.ts"
import { KeeperProcess } from "../../supervision/keeper-process.ts"
import type { Topology } from "../../topology/topology.ts"
import type { Breaks } from "./broken-promise.ts"

export class KeyJudge {
  readonly #breaks: Breaks
  /** Who has ended, and in which step. */
  readonly #ends = new Map<Pid, number>()
  #step = 0

  constructor(topology: Topology, breaks: Breaks) {
    this.#breaks = breaks
    topology.onEnd(({ pid }) => void this.#ends.set(pid, this.#step))
  }

  /** A process is given something: another step. */
  taken(): void {
    this.#step += 1
  }

  /** Something came into an inbox. */
  posted(envelope: Envelope, inbox: Inbox): void {
    if (envelope.route?.name !== "lookUpOrStart" || !(inbox.owner instanceof KeeperProcess)) return
    const { resolve } = envelope
    if (resolve === undefined) return
    const { label } = inbox
    const answered = (answer: unknown): void => {
      if (isPid(answer)) this.#judge(answer, label)
      resolve(answer)
    }
    envelope.resolve = answered
  }

  #judge(pid: Pid, supervisor: string): void {
    // In the step that goes on an answer may have been on its way then.
    if ((this.#ends.get(pid) ?? this.#step) < this.#step)
      this.#breaks("28", `${supervisor} gave the address of a child by its key that had ended before (${pid})`)
    else if (processBehind(pid)?.isStarted === false)
      this.#breaks("28", `${supervisor} gave the address of a child by its key that has not started (${pid})`)
  }
}
