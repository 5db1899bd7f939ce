/** Of another strategy, one that decides about less: answers arrive at once, so that all is about who is heard first. */

import type { Choice } from "../schedule/step.ts"
import type { StrategyMaker } from "./strategies.ts"

/** In half of the schedules processes start at once, too. */
export function promptly(make: StrategyMaker): StrategyMaker {
  return (draw, experience) => {
    const strategy = make(draw, { ...experience, decisions: experience.prompt })
    const startsAtOnce = draw() < 0.5
    const isPrompt = ({ kind }: Choice): boolean => kind === "reply" || (startsAtOnce && kind === "start")
    let number = 0
    return {
      choose(decision) {
        const newest = decision.choices.findLastIndex(isPrompt)
        if (newest >= 0) {
          strategy.went?.(decision.choices[newest] as Choice)
          return newest
        }
        number += 1
        return strategy.choose({ ...decision, number: number - 1 })
      },
      went: strategy.went?.bind(strategy),
    }
  }
}
