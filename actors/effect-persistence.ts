/** `pigeonhole/effect/persistence` */

export {}
