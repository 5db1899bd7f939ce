/** The structures that are compared, by the names the bench prints. */

import { BucketRing } from "./bucket-ring.ts"
import type { ExpiryIndex } from "./expiry-index.ts"
import { ObjectHeap } from "./object-heap.ts"
import { QuaternaryHeap } from "./quaternary-heap.ts"
import { TimingWheel } from "./timing-wheel.ts"

export const CANDIDATES = ["4-ary heap (the store's)", "bucket ring", "timing wheel", "heap of objects"] as const

export type Candidate = (typeof CANDIDATES)[number]

export function create(candidate: Candidate): ExpiryIndex {
  switch (candidate) {
    case "4-ary heap (the store's)":
      return new QuaternaryHeap()
    case "bucket ring":
      return new BucketRing()
    case "timing wheel":
      return new TimingWheel()
    case "heap of objects":
      return new ObjectHeap()
  }
}
