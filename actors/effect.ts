/** `pigeonhole/effect` */

export * from "../src/effect.ts"
