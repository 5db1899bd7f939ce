/**
 * What nobody caught in a run: rejections that nobody handles, and what callbacks of ticks and microtasks throw. It is for the run to judge,
 * so the program's listeners, those of a test runner among them, do not hear of it while it is watched.
 *
 * Invariants
 * - When it is over they are there as before, in their order, those for one event as such; before what was added meanwhile.
 * - Node reports a rejection when the ticks and reactions of a step are through, so one that is handled within them is none.
 *
 * Node's events; a host that has none of them reports nothing.
 */

/** Who is told. It must not throw. */
export interface UncaughtListener {
  /** A promise was rejected, and nobody has handled it by the end of the step. */
  readonly rejected: (reason: unknown, promise: Promise<unknown>) => void
  /** Somebody handles it after all, in a later step. */
  readonly handled?: (promise: Promise<unknown>) => void
  /** A callback of a tick or a microtask threw. Left out: that goes to whom it went before. */
  readonly threw?: (error: unknown) => void
}

/** What is asked of the host. */
interface Emitter {
  on(event: string, listener: Function): unknown
  rawListeners(event: string): Function[]
  removeAllListeners(event: string): unknown
}

/** Tells `rejected` of each rejection that nobody handles, and nobody else of it, until what it gives is called. */
export function watchRejections(rejected: UncaughtListener["rejected"], others: Omit<UncaughtListener, "rejected"> = {}): () => void {
  const { process } = globalThis as { readonly process?: Partial<Emitter> }
  if (!isEmitter(process)) return () => undefined
  const { handled, threw } = others
  const undo = [hearAlone(process, "unhandledRejection", rejected), hearAlone(process, "rejectionHandled", handled)]
  if (threw !== undefined)
    undo.push(hearAlone(process, "uncaughtException", threw), hearAlone(process, "uncaughtExceptionMonitor", undefined))
  return () => {
    for (const restore of undo.splice(0)) restore()
  }
}

function isEmitter(process: Partial<Emitter> | undefined): process is Emitter {
  return process?.on !== undefined && process.rawListeners !== undefined && process.removeAllListeners !== undefined
}

/**
 * Gives what lets the others hear again; without a listener nobody hears. A listener for one event is one by what wraps it, so it is kept with that. Node's
 * process looks at each that comes and goes, so none is moved that need not be.
 */
function hearAlone(process: Emitter, event: string, listener: Function | undefined): () => void {
  const others = process.rawListeners(event)
  if (others.length > 0) process.removeAllListeners(event)
  const own = listener === undefined ? undefined : (...given: unknown[]): void => listener(...given)
  if (own !== undefined) process.on(event, own)
  // The program may put one beside each that comes, as `node:domain` does: that one goes with ours.
  const ours = process.rawListeners(event)
  return () => {
    const present = process.rawListeners(event)
    if (present.length > 0) process.removeAllListeners(event)
    const added = present.filter((each) => !ours.includes(each))
    for (const each of [...others, ...added]) process.on(event, each)
  }
}
