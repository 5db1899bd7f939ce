/** What a store tells of its keys in order, and how it is asked for them. */

/** Which keys: all, where nothing is said. They come in the order of their UTF-16 code units, that of `<` on text. */
export interface KeyRange {
  /** What they begin with. Default `""`. */
  readonly prefix?: string | undefined
  /** A key, or the cursor of a page: those behind it. It need not be there any more. Default: from the first one on. */
  readonly after?: string | undefined
}

/** Which keys, and how many of them. */
export interface ListOptions extends KeyRange {
  /** How many at most, up to 10 000. Default 100. */
  readonly limit?: number | undefined
}

/** A key of a store, without its value. */
export interface ListItem {
  readonly key: string
  /** Of the write that made the entry, as in `StoreEntry`. */
  readonly version: string
  /** When the entry's time is over, as in `StoreEntry`. */
  readonly expiresAt: number | undefined
}

/** Some keys of a store, in order. */
export interface ListPage<Item = ListItem> {
  /** In order; those that are gone or expired by now are not among them. */
  readonly items: readonly Item[]
  /** What the next page comes after: the last key of this one, or what this one came after where it has none. Text, and to be handed back as it is. */
  readonly cursor: string | undefined
  /** Whether there was more when the page was made. */
  readonly hasMore: boolean
}

/** Items of a page where nothing is said. */
export const DEFAULT_LIMIT = 100

/** Items of a page at most. */
export const MOST_OF_A_PAGE = 10_000

/** What a store tells of a key: all of it, or the key alone. */
export type PageItem = ListItem | string

/** `after`: what was asked for. */
export function pageOf<Item extends PageItem>(items: readonly Item[], after: string | undefined, hasMore: boolean): ListPage<Item> {
  return Object.freeze({ items: Object.freeze(items), cursor: cursorBehind(items, after), hasMore })
}

/** What comes behind these, which come behind `after`. */
export function cursorBehind(items: readonly PageItem[], after: string | undefined): string | undefined {
  const last = items.at(-1)
  return last === undefined ? after : keyOf(last)
}

export function keyOf(item: PageItem): string {
  return typeof item === "string" ? item : item.key
}
