/** A file that does not load. */

throw new Error("out of paper")
