/** What was done, or may have been, as the search for an order sees it: when it was asked for, and when it was answered. */

/** A span of time, ends included, in ms of the clock. */
export interface Span {
  /** Not before that. */
  readonly from: number
  /** Not after that; `Infinity` where it is not known. */
  readonly to: number
}

/** One thing that was done, or may have been. */
export interface Occurrence<Call> {
  readonly call: Call
  /** Its place among all asks and answers, and that of its answer; `Infinity` where it may take effect until the end. */
  readonly asked: number
  readonly answered: number
  /** The clock then, in ms. */
  readonly askedAt: number
  readonly answeredAt: number
  /** Whether it has taken effect for certain. */
  readonly isCertain: boolean
}
