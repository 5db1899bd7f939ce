/** `pigeonhole/simulation`: the simulation of the runtime, and what is known of its actors. */

export * from "../src/simulation.ts"
