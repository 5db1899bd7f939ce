/**
 * The simulation of the runtime: runs an application under many schedules of one seeded scheduler, looks for the one that breaks it, and repeats it.
 * `pigeonhole/simulation` is `actors/simulation.ts`, which knows the actors, too.
 */

export { isA } from "./kernel/instance.ts"
export { checkPeer } from "./kernel/peer.ts"
export type { Always, Application, Eventually, Finally, Make, ServicesIn, Sometimes, Tree } from "./simulation/exploration/application.ts"
export { exploreWith, replayWith } from "./simulation/exploration/explore.ts"
export { EXPLORE_OPTIONS, type ExploreOptions, type ExploreProgress } from "./simulation/exploration/explore-options.ts"
export {
  type ActorKnowledge,
  belongingOf,
  callOutside,
  isWorld,
  presentPlace,
  sweepLimitOf,
  type World,
} from "./simulation/exploration/world.ts"
export type { ClaimAct } from "./simulation/judges/claim-judge.ts"
export type { Loss } from "./simulation/judges/history.ts"
// What judges of actors are written with; not among the package's names.
export { type Answer, type Fate, fateOf, readHistory, readLosses, timesOf, timesOfLoss } from "./simulation/judges/history.ts"
export type { HistoryJudge, Knowledge, TellingJudge, Violation } from "./simulation/judges/judges.ts"
export { type LinearizabilityOptions, limitField, linearizability } from "./simulation/judges/linearizability.ts"
export type { Machine, Next } from "./simulation/judges/linearization.ts"
export type { Occurrence, Span } from "./simulation/judges/occurrence.ts"
export { answerText, type ModelCall, type ModelStep, type OneOf, oneOf, type ServiceModel } from "./simulation/judges/service-model.ts"
export type { Verdict } from "./simulation/judges/verdict.ts"
export { judge, LINEARIZABLE, type Strand, type Telling } from "./simulation/judges/verdict.ts"
export type { CoverageSummary, InboxCoverage, OneOrder } from "./simulation/report/coverage.ts"
export type { Failure, FailureKind } from "./simulation/report/failure.ts"
export type { OperationsLeft } from "./simulation/report/operations-left.ts"
export type { CrashNote, OwnCrash } from "./simulation/report/own-crashes.ts"
export { type FoundFailure, Report } from "./simulation/report/report.ts"
export type { TransitionCoverage } from "./simulation/report/transition-coverage.ts"
export type { FaultOptions } from "./simulation/scene/fault-options.ts"
export type { Wait } from "./simulation/scene/wait.ts"
export type { Deviation } from "./simulation/schedule/decider.ts"
export { decodeSchedule, type Order } from "./simulation/schedule/schedule.ts"
export type { Choice, ChoiceKind, Fault, FaultKind, Operation, Sent, Step } from "./simulation/schedule/step.ts"
export type { StrategyName } from "./simulation/strategies/portfolio.ts"
export { brief, briefText, keptValue, valueText } from "./simulation/text/value-text.ts"
