/** Which lines of a list are shown where there is no room for all: those nearest to one that is marked. Positions; what the lines are is not known here. */

/** At most `room` positions, rising: those nearest to a mark or to the end, and of those as near the later. The last is always one of them. */
export function nearestTo(marked: readonly boolean[], room: number): readonly number[] {
  const positions = [...marked.keys()]
  if (positions.length <= room) return positions
  const last = positions.length - 1
  const distances = distancesTo(marked.map((isMarked, position) => isMarked || position === last))
  const nearest = positions.slice(0, last).toSorted((a, b) => (distances[a] ?? 0) - (distances[b] ?? 0) || b - a)
  return [last, ...nearest].slice(0, room).toSorted((a, b) => a - b)
}

/** How far each is from the nearest that is marked. */
function distancesTo(marked: readonly boolean[]): readonly number[] {
  const distances = marked.map((isMarked) => (isMarked ? 0 : Number.POSITIVE_INFINITY))
  const nearer = (position: number, neighbour: number): void => {
    distances[position] = Math.min(distances[position] ?? 0, (distances[neighbour] ?? 0) + 1)
  }
  for (let position = 1; position < distances.length; position++) nearer(position, position - 1)
  for (let position = distances.length - 2; position >= 0; position--) nearer(position, position + 1)
  return distances
}
