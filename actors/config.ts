/** `pigeonhole/config` */

export {}
