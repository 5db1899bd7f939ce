/** `pigeonhole/config`: an application as data, in JSON or YAML. For Node: it reads files. Peers: `effect`, and `yaml` for files in YAML. */

export { Configuration, type ConfigurationChanges, type ConfiguredEntry, changesBetween } from "./config/configuration.ts"
export type { SkippedEntry } from "./config/entries.ts"
export type { Environment } from "./config/environment.ts"
export { type ConfigureOptions, configure, type LoadOptions, loadConfiguration } from "./config/load.ts"
export type { Problem } from "./config/problems.ts"
