/**
 * Lists of what is put in and taken out again at every step, and is few at a time: an item is taken out in its list.
 *
 * A set or a map that loses its last item makes itself anew, and is made larger by the next: that costs more than to look through some.
 */

/** The first that is that one, if there is any; what is left stays in order. */
export function takeOut<Item>(list: Item[], item: Item): void {
  takeOutAt(list, list.indexOf(item))
}

/** The one at that place; at none below 0. */
export function takeOutAt<Item>(list: Item[], place: number): void {
  if (place < 0) return
  const last = list.length - 1
  for (let at = place; at < last; at += 1) list[at] = list[at + 1] as Item
  list.pop()
}
