/** What the contract of stores is given, looked at before a promise is tried on it: who writes a store is told what it lacks, by name. */

import { shown } from "../../src/index.ts"
import type { StoreStage, TestedStore } from "./tested-store.ts"

const EVERYDAY = ["get", "set", "has", "delete", "release"] as const

/** Throws where it is none. */
export function admittedStage(stage: StoreStage): StoreStage {
  if (!isSomething(stage)) throw new Error(`open must give a stage; got ${shown(stage)}`)
  const missing = [...(isSomething(stage.time) ? [] : ["time"]), ...missingIn(stage, ["acquire", "close"])]
  if (missing.length > 0) throw new Error(`the stage must have time, acquire and close; it lacks ${missing.join(", ")}`)
  return stage
}

/** Throws where it is none. */
export function admittedStore<Store extends TestedStore>(store: Store): Store {
  if (!isSomething(store)) throw new Error(`acquire must give a store; got ${shown(store)}`)
  const missing = missingIn(store, EVERYDAY)
  if (missing.length === 0) return store
  throw new Error(`acquire must give a store, with get, set, has, delete and release at least; it lacks ${missing.join(", ")}`)
}

function isSomething(value: unknown): value is object {
  return typeof value === "object" && value !== null
}

function missingIn(value: object, names: readonly string[]): readonly string[] {
  return names.filter((name) => typeof Reflect.get(value, name) !== "function")
}
