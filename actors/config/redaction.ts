/**
 * What others say of a configuration, without what came from the environment: errors of modules, and refusals of the runtime.
 *
 * What this folder says itself is made without it, and is not looked at: to cut a secret out of words of our own would tell what it is.
 */

const HIDDEN = "***"

/** Shorter ones are parts of many words: they count where they stand alone. */
const SHORTEST_ANYWHERE = 3

/** Cuts all of them out, those that overlap, too. */
export function withoutSecrets(text: string, secrets: Iterable<string>): string {
  const hidden = new Uint8Array(text.length)
  for (const secret of secrets) for (const spelling of spellingsOf(secret)) hide(text, spelling, hidden)
  let left = ""
  for (let at = 0; at < text.length; at += 1) {
    if (hidden[at] === 0) left += text[at]
    else if (at === 0 || hidden[at - 1] === 0) left += HIDDEN
  }
  return left
}

function hide(text: string, secret: string, hidden: Uint8Array): void {
  for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + 1)) {
    const end = at + secret.length
    const isAlone = !isOfWord(text[at - 1]) && !isOfWord(text[end])
    if (secret.length >= SHORTEST_ANYWHERE || isAlone) hidden.fill(1, at, end)
  }
}

function isOfWord(letter: string | undefined): boolean {
  return letter !== undefined && /[\p{L}\p{N}_]/u.test(letter)
}

/** As it is, as JSON has it, and as a URL does. */
function spellingsOf(secret: string): ReadonlySet<string> {
  const spellings = [secret, JSON.stringify(secret).slice(1, -1)]
  if (secret.isWellFormed()) spellings.push(encodeURI(secret), encodeURIComponent(secret))
  return new Set(spellings.filter((spelling) => spelling !== ""))
}
