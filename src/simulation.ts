/** What `pigeonhole/simulation` has of the runtime's: judging what callers saw by a model. */

export type { Loss } from "./simulation/history.ts"
export { type LinearizabilityOptions, linearizability } from "./simulation/linearizability.ts"
export type { Span } from "./simulation/linearization.ts"
export { type ModelCall, type ModelStep, OneOf, oneOf, type ServiceModel } from "./simulation/service-model.ts"
export type { Operation } from "./simulation/step.ts"
export type { Verdict } from "./simulation/verdict.ts"

// What judges of actors are written with.
export { type Answer, type Fate, fateOf, readHistory, readLosses, timesOf, timesOfLoss } from "./simulation/history.ts"
export { limitField } from "./simulation/linearizability.ts"
export type { Machine, Next, Occurrence } from "./simulation/linearization.ts"
export { answerText } from "./simulation/service-model.ts"
export { brief, briefText, keptValue, valueText } from "./simulation/value-text.ts"
export { judge, LINEARIZABLE, type Strand, type Telling } from "./simulation/verdict.ts"
