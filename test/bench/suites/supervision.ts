/** Whether a supervisor of many children does as much for one of them as a supervisor of few. */

import { nodeArm } from "../contest.ts"
import { type Comparison, figureOf, quotient, type Suite } from "../suite.ts"

const FEW = 1000
const MANY = 100_000

/** Places in start order between one child and the next. Scattered ones by a prime, so that all are reached. */
const ORDERS = [
  { order: "in start order", stride: 1 },
  { order: "scattered", stride: 7919 },
] as const

const SAME = 2

export const supervision: Suite = {
  name: "supervision",
  title: "Supervision: one child of a dynamic supervisor is restarted, or terminated",
  plan(isQuick) {
    const [few, many] = isQuick ? [100, 1000] : [FEW, MANY]
    const sampling = isQuick ? { operations: 20, warmups: 1, samples: 1 } : { operations: 100, warmups: 30, samples: 20 }
    return {
      notes: [
        "a restart: from the kill to the start of the next incarnation, no backoff; a termination: from the request to its answer; one after the other",
        `${sampling.operations} are terminated, then as many started in their place`,
        "in start order: neighbours in memory too; scattered: far apart, so that of many children none is in the processor's caches",
      ],
      groups: [
        {
          rounds: isQuick ? 1 : 5,
          arms: ORDERS.flatMap(({ order, stride }) =>
            [few, many].map((children) => nodeArm(armName(children, order), "supervision.ts", { children, stride, ...sampling })),
          ),
        },
      ],
      comparisons: ORDERS.flatMap(({ order }) => [
        growth("a restart", order, few, many, SAME),
        growth("a termination", order, few, many, SAME),
        growth("a start", order, few, many),
      ]),
    }
  },
}

function armName(children: number, order: string): string {
  return `${children} children, ${order}`
}

function growth(operation: string, order: string, few: number, many: number, bound?: number): Comparison {
  const figure = `ns ${operation}`
  return {
    name: `${operation}, ${order}: ${many} children, against ${few}`,
    unit: "times the cost",
    ...(bound === undefined ? {} : { target: { rule: "below", bound } as const }),
    of: (round) => quotient(figureOf(round, armName(many, order), figure), figureOf(round, armName(few, order), figure)),
  }
}
