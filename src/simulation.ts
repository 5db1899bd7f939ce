/**
 * The simulation of the runtime: runs an application under many schedules of one seeded scheduler, looks for the one that breaks it, and repeats it.
 * `pigeonhole/simulation` is `actors/simulation.ts`, which knows the actors, too.
 */

export { checkPeer } from "./kernel/peer.ts"
export type { Always, Application, Eventually, Finally, ServicesIn, Sometimes, Tree } from "./simulation/application.ts"
export type { CoverageSummary, InboxCoverage, OneOrder } from "./simulation/coverage.ts"
export type { Deviation } from "./simulation/decider.ts"
export { exploreWith, replayWith } from "./simulation/explore.ts"
export type { ExploreOptions } from "./simulation/explore-options.ts"
export type { Failure, FailureKind } from "./simulation/failure.ts"
export type { FaultOptions } from "./simulation/fault-options.ts"
export type { Loss } from "./simulation/history.ts"
// What judges of actors are written with; not among the package's names.
export { type Answer, type Fate, fateOf, readHistory, readLosses, timesOf, timesOfLoss } from "./simulation/history.ts"
export type { HistoryJudge, Knowledge } from "./simulation/judges.ts"
export { type LinearizabilityOptions, limitField, linearizability } from "./simulation/linearizability.ts"
export type { Machine, Next, Occurrence, Span } from "./simulation/linearization.ts"
export type { StrategyName } from "./simulation/portfolio.ts"
export { type FoundFailure, Report } from "./simulation/report.ts"
export type { Wait } from "./simulation/reported-failure.ts"
export type { Order } from "./simulation/scene-port.ts"
export { decodeSchedule } from "./simulation/schedule.ts"
export { answerText, type ModelCall, type ModelStep, type OneOf, oneOf, type ServiceModel } from "./simulation/service-model.ts"
export type { Choice, ChoiceKind, Fault, FaultKind, Operation, Sent, Step } from "./simulation/step.ts"
export { brief, briefText, keptValue, valueText } from "./simulation/value-text.ts"
export type { Verdict } from "./simulation/verdict.ts"
export { judge, LINEARIZABLE, type Strand, type Telling } from "./simulation/verdict.ts"
export type { World } from "./simulation/world.ts"
