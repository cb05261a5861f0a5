/** Codes of failed connections, and what they mean. */
const CAUSES: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the host could not be looked up',
  ECONNRESET: 'connection reset',
  UND_ERR_SOCKET: 'connection closed',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the host',
  // The message of fetch for ports that the Fetch standard blocks.
  'bad port': 'connection refused, for fetch never asks this port',
}

/** Codes after which waiting and asking again is useless. */
const PERMANENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'bad port'])

/** The code of a failed connection, which may lie several causes deep; null where none is known. */
function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  const { code } = error as { code?: unknown }
  const found = [code, error.message].find((one) => typeof one === 'string' && Object.hasOwn(CAUSES, one))
  return typeof found === 'string' ? found : codeOf(error.cause)
}

/** Why a connection failed, in words; null where it is not known. */
export function describeCause(error: unknown): string | null {
  const code = codeOf(error)
  return code === null ? null : CAUSES[code]
}

/** Whether asking again is useless, since no server answers at the address. */
export function isPermanentFailure(error: unknown): boolean {
  return PERMANENT.has(codeOf(error) ?? '')
}
