/** `pigeonhole/testing`: time that stands still until told, and the contract that every store has to keep. */

export * from "../src/testing.ts"
export type { Claim } from "./testing/clause.ts"
export { type StageOptions, stageStore } from "./testing/stage-store.ts"
export { type DefineTest, type StoreContractOptions, storeContract } from "./testing/store-contract.ts"
export type { OpenStage, OperationName, StoreStage, StoreWish, TestedStore } from "./testing/tested-store.ts"
