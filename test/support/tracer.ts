/** A tracer that keeps what it is told, for tests. */

import type { PostedRequest, RequestOutcome, RequestTrace, RequestTracer } from "../../src/index.ts"

export interface Followed extends PostedRequest {
  readonly id: number
  readonly parentId: number | undefined
  readonly events: readonly { readonly name: string; readonly attributes: object }[]
  readonly outcomes: readonly RequestOutcome[]
  /** How often a handler was given it. */
  readonly handles: number
}

/** Whose trace this is. */
const OWN = new WeakMap<RequestTrace, number>()

export class RecordingTracer implements RequestTracer {
  readonly followed: Followed[] = []
  readonly #wanted: (request: PostedRequest) => boolean

  constructor(wanted: (request: PostedRequest) => boolean = () => true) {
    this.#wanted = wanted
  }

  begin(request: PostedRequest): RequestTrace | undefined {
    if (!this.#wanted(request)) return undefined
    const id = this.followed.length + 1
    const parentId = request.parent === undefined ? undefined : OWN.get(request.parent)
    const outcomes: RequestOutcome[] = []
    const events: { name: string; attributes: object }[] = []
    const followed = { ...request, id, parentId, events, outcomes, handles: 0 }
    this.followed.push(followed)
    const digits = id.toString(16)
    const trace: RequestTrace = {
      ids: { traceId: digits.padStart(32, "0"), spanId: digits.padStart(16, "0") },
      handle: (work) => {
        followed.handles += 1
        work()
      },
      event: (name, attributes) => void events.push({ name, attributes }),
      end: (outcome) => void outcomes.push(outcome),
    }
    OWN.set(trace, id)
    return trace
  }

  /** Those to that target, as `operation:outcome` and the kind of their error; more than one end shows. */
  of(target: string): readonly string[] {
    return this.followed.filter((each) => each.target === target).map(shown)
  }

  get all(): readonly string[] {
    return this.followed.map((each) => `${each.target}.${shown(each)}`)
  }

  /** Each with its parent: `app:a.first < none`. */
  get parents(): readonly string[] {
    return this.followed.map(({ target, operation, parentId }) => {
      const parent = parentId === undefined ? undefined : this.followed[parentId - 1]
      return `${target}.${operation} < ${parent === undefined ? "none" : `${parent.target}.${parent.operation}`}`
    })
  }
}

function shown({ operation, outcomes }: Followed): string {
  const ends = outcomes.map(({ outcome, errorKind }) => (errorKind === undefined ? outcome : `${outcome} ${errorKind}`))
  return `${operation}:${ends.length === 0 ? "open" : ends.join("+")}`
}
