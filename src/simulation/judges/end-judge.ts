/**
 * Judges promise 6: who is linked to a process, or monitors it, hears of its end, whatever else happens: once, not before it, and why.
 *
 * It knows what was asked for, and looks at what was sent when links and monitors have been seen to; and at what has come to its turn, or waits yet, once
 * all is at rest. Where nobody links or monitors anything, it costs a look at a map for each end.
 *
 * Not here: what must be free by then (`tie-judge.ts`).
 */

import type { Envelope } from "../../kernel/envelope.ts"
import type { ExitReason } from "../../kernel/exit-reason.ts"
import type { Inbox } from "../../kernel/inbox.ts"
import type { Pid } from "../../kernel/pid.ts"
import { Process } from "../../kernel/process.ts"
import { processBehind } from "../../kernel/process-of.ts"
import { type Down, isDown, type MonitorRef } from "../../topology/monitors.ts"
import { subscriberOf } from "../../topology/subscription.ts"
import { type Exit, isExit, type Topology } from "../../topology/topology.ts"
import type { Breaks } from "./broken-promise.ts"
import { SeldomMap, SeldomSet } from "./seldom.ts"

const NOBODY: readonly never[] = []

export class EndJudge {
  readonly #breaks: Breaks
  /** By who is watched, the monitors that wait for its end. */
  readonly #watched = new SeldomMap<Pid, Set<MonitorRef>>()
  readonly #downs = new SeldomMap<MonitorRef, Down>()
  readonly #calledOff = new SeldomSet<MonitorRef>()
  /** Who is linked to whom, on both sides; … */
  readonly #linked = new SeldomMap<Process, Set<Process>>()
  /** … by a process, the one that hears of its end in another way. */
  readonly #unheard = new SeldomMap<Process, Process>()
  /** By who has ended and is buried just now, what was sent of that, and where. */
  readonly #exits = new SeldomMap<Pid, Map<Inbox, Exit>>()
  /** What was sent of ends, and has not come to its turn. */
  readonly #waiting = new SeldomMap<Envelope, Process>()

  /** A runtime begins. What is asked of its links and monitors is looked at from here on: nothing else says what was. */
  constructor(topology: Topology, breaks: Breaks) {
    this.#breaks = breaks
    const monitor = topology.monitor.bind(topology)
    const monitored: Topology["monitor"] = (watcher, pid) => this.#monitors(monitor(watcher, pid), watcher)
    const demonitor = topology.demonitor.bind(topology)
    const demonitored: Topology["demonitor"] = (ref) => {
      this.#calledOff.add(ref)
      this.#watched.get(ref.pid)?.delete(ref)
      return demonitor(ref)
    }
    topology.monitor = monitored
    topology.demonitor = demonitored
    this.#followLinks(topology)
    topology.onEnd((process, reason) => this.#ended(process, reason))
  }

  #followLinks(topology: Topology): void {
    const [link, linkUnheard, unlink] = [topology.link, topology.linkUnheard, topology.unlink].map((each) => each.bind(topology)) as [
      Topology["link"],
      Topology["linkUnheard"],
      Topology["unlink"],
    ]
    const linked: Topology["link"] = (process, pid) => {
      const peer = processBehind(pid)
      link(process, pid)
      if (peer !== undefined) this.#links(process, peer)
      else this.#answersLate(process, pid)
    }
    const linkedUnheard: Topology["linkUnheard"] = (process, pid) => {
      const peer = processBehind(pid)
      linkUnheard(process, pid)
      if (peer !== undefined) this.#unheard.set(peer, process)
    }
    const unlinked: Topology["unlink"] = (process, pid) => {
      const peer = processBehind(pid)
      unlink(process, pid)
      if (peer === undefined) return
      this.#linked.get(process)?.delete(peer)
      this.#linked.get(peer)?.delete(process)
    }
    topology.link = linked
    topology.linkUnheard = linkedUnheard
    topology.unlink = unlinked
  }

  // -- what is asked for ---------------------------------------------------------------------------------------------

  #monitors(ref: MonitorRef, watcher: Process): MonitorRef {
    const { pid } = ref
    if (watcher.status === "ended") return ref
    if (pid.isAlive) this.#watched.set(pid, (this.#watched.get(pid) ?? new Set()).add(ref))
    else this.#judgeDown(ref, "noproc")
    return ref
  }

  #links(process: Process, peer: Process): void {
    if (process === peer || process.status === "ended" || peer.status === "ended") return
    if (this.#unheard.get(peer) === process) this.#unheard.delete(peer)
    this.#linked.set(process, (this.#linked.get(process) ?? new Set()).add(peer))
    this.#linked.set(peer, (this.#linked.get(peer) ?? new Set()).add(process))
  }

  /** There was nobody any more. */
  #answersLate(process: Process, pid: Pid): void {
    const exits = this.#exits.get(pid)
    this.#exits.delete(pid)
    this.#judgeExit(process, pid, "noproc", exits)
  }

  // -- what is sent --------------------------------------------------------------------------------------------------

  /** A signal was posted. */
  posted(envelope: Envelope, inbox: Inbox): void {
    const { argument } = envelope
    if (isDown(argument)) this.#tells(argument)
    else if (isExit(argument)) this.#signals(argument, inbox)
    else return
    if (inbox.owner instanceof Process) this.#waiting.set(envelope, inbox.owner)
  }

  #tells(down: Down): void {
    const { ref, pid } = down
    if (pid.isAlive) this.#breaks("6", `a DOWN of ${pid} was sent before its end`)
    if (this.#downs.has(ref)) this.#breaks("6", `a monitor was told of the same end twice (${pid})`)
    this.#downs.set(ref, down)
  }

  /** One that lives may send it itself. */
  #signals(exit: Exit, inbox: Inbox): void {
    if (exit.from.isAlive) return
    const exits = this.#exits.get(exit.from) ?? new Map<Inbox, Exit>()
    if (exits.has(inbox)) this.#breaks("6", `${inbox.label} was sent the end of ${exit.from} twice, which it is linked to`)
    this.#exits.set(exit.from, exits.set(inbox, exit))
  }

  // -- an end --------------------------------------------------------------------------------------------------------

  /** Its links and monitors have been seen to. */
  #ended(process: Process, reason: ExitReason): void {
    const { pid } = process
    for (const ref of this.#watched.get(pid) ?? NOBODY) if (subscriberOf(ref).status !== "ended") this.#judgeDown(ref, reason)
    this.#watched.delete(pid)
    const exits = this.#exits.get(pid)
    this.#exits.delete(pid)
    for (const peer of this.#linked.get(process) ?? NOBODY) {
      this.#linked.get(peer)?.delete(process)
      const isUnheard = this.#unheard.get(process) === peer && peer.trapExit
      if (!isUnheard) this.#judgeExit(peer, pid, reason, exits)
      else if (exits?.has(peer.inbox)) this.#breaks("19", `${peer.label} was sent the end of ${pid}, which is a task of its own`)
    }
    this.#linked.delete(process)
    this.#unheard.delete(process)
  }

  #judgeDown(ref: MonitorRef, reason: ExitReason): void {
    const down = this.#downs.get(ref)
    const who = subscriberOf(ref).label
    if (down === undefined) this.#breaks("6", `${who} monitors ${ref.pid}, which has ended, and was sent no DOWN`)
    else if (down.reason !== reason) this.#breaks("6", `${who} was told that ${ref.pid} has ended, and not by its reason`)
  }

  /** One that traps exits has a message; another, where it was no normal end, ends with it. */
  #judgeExit(peer: Process, pid: Pid, reason: ExitReason, exits: ReadonlyMap<Inbox, Exit> | undefined): void {
    if (peer.status === "ended") return
    const exit = exits?.get(peer.inbox)
    if (exit !== undefined && exit.reason !== reason) this.#breaks("6", `${peer.label} was sent the end of ${pid}, and not by its reason`)
    if (exit !== undefined || peer.isUrged || (reason === "normal" && !peer.trapExit)) return
    this.#breaks("6", `${peer.label} is linked to ${pid}, which has ended, and was sent no exit signal`)
  }

  // -- what comes of it ----------------------------------------------------------------------------------------------

  /** A signal comes to its turn: whoever waits for it is given it, where it is still wanted. */
  taken(envelope: Envelope): void {
    const { argument } = envelope
    if (!this.#waiting.delete(envelope) || !isDown(argument)) return
    const { ref } = argument
    const isWanted = !this.#calledOff.has(ref)
    const who = subscriberOf(ref).label
    if (isWanted && !ref.isActive) this.#breaks("6", `a DOWN was kept from ${who}, which waits for it (${ref.pid})`)
    if (!isWanted && ref.isActive) this.#breaks("6", `${who} was given a DOWN that it had called off (${ref.pid})`)
  }

  /** Nothing can happen any more but by time. */
  judgeRest(): void {
    for (const [pid, refs] of this.#watched) for (const ref of refs) if (!pid.isAlive) this.#judgeLeft(subscriberOf(ref), pid)
    for (const [process, peers] of this.#linked) {
      if (process.pid.isAlive) for (const peer of peers) if (!peer.pid.isAlive) this.#judgeLeft(process, peer.pid)
    }
    for (const [envelope, process] of this.#waiting) this.#judgeWaiting(envelope, process)
  }

  /** Its end was no end that is told of. */
  #judgeLeft(process: Process, pid: Pid): void {
    if (process.status !== "ended") this.#breaks("6", `${process.label} has asked for the end of ${pid}, and that was told to nobody`)
  }

  #judgeWaiting(envelope: Envelope, process: Process): void {
    if (process.status === "ended" || process.inbox.owner !== process) return
    if (process.inbox.first(Number.MAX_SAFE_INTEGER).includes(envelope)) return
    this.#breaks("6", `the end of a process was sent to ${process.label}, and is lost`)
  }
}
