/**
 * The first byte of each part of an encoded value: what follows, and how long it is where that fits in.
 *
 * Numbers are written once and for all: what is stored by one version is read by later ones. What means something else gets a number of its
 * own; what cannot be read by older versions, a new `VALUE_FORMAT`.
 *
 * A count is an unsigned LEB128 number; a text is a part of its own sort (`SHORT_TEXT`, `TEXT`, `WIDE_TEXT`). All numbers are little-endian.
 */

/** The first byte of a value that stands alone. */
export const VALUE_FORMAT = 1

export const NULL = 0x00
export const UNDEFINED = 0x01
export const FALSE = 0x02
export const TRUE = 0x03
/** A whole number between -2^31 and 2^31, but not -0: zigzag, as a count. */
export const INTEGER = 0x04
/** Eight bytes, IEEE 754. */
export const DOUBLE = 0x05
/** Sign (0, 1), and the digits to the base of 16 as a text. */
export const BIGINT = 0x06
/** Bytes as a count, UTF-8. */
export const TEXT = 0x07
/** UTF-16 code units as a count, two bytes each: a text with a lone surrogate, which UTF-8 cannot carry. */
export const WIDE_TEXT = 0x08
/** A part that was met before: its number as a count, by the order in which objects begin. */
export const REFERENCE = 0x09

/** Items as a count, items. */
export const LIST = 0x10
/** Length, names as a count, (name, value) …: a list with holes, or with names. */
export const SPARSE_LIST = 0x11
/** Properties as a count, (name, value) …. */
export const RECORD = 0x12
export const BARE_RECORD = 0x13
/** Entries as a count, (key, value) …. */
export const MAP = 0x14
/** Items as a count, items. */
export const SET = 0x15
/** Name of its class, properties as a count, whether it has a stack (0, 1), (name, enumerable, value) …. */
export const ERROR = 0x16
/** As the language makes them: name of its class, stack, message, further properties as a count, (name, enumerable, value) …. */
export const USUAL_ERROR = 0x17

/** Milliseconds as a double. */
export const DATE = 0x20
/** Source, flags, lastIndex as a double. */
export const PATTERN = 0x21
/** What is in the box: a part that is a primitive. */
export const BOX = 0x22
/** Bytes as a count, bytes. */
export const BUFFER = 0x23
/** Bytes it may have at most, bytes as a count, bytes. */
export const RESIZABLE_BUFFER = 0x24
/** Bytes as a count, bytes. */
export const DATA_VIEW = 0x25
/** Name of its sort, bytes as a count, bytes. */
export const VIEW = 0x26

/** And the length, below 64: Latin-1, a byte a letter. */
export const SHORT_TEXT = 0x40
export const MOST_SHORT = 63
/** And the number itself, below 128. */
export const SMALL_INTEGER = 0x80
