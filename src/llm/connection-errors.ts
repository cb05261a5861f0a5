/** What the system calls a failed connection, and what that means. */
const CAUSES: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the host could not be looked up',
  ECONNRESET: 'connection reset',
  UND_ERR_SOCKET: 'connection closed',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the host',
  // What fetch says of ports that browsers never ask.
  'bad port': 'connection refused, for fetch never asks this port',
}
const PERMANENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'bad port'])

/** The code of a failed connection, which lies below the errors of client and fetch; null: none that is known. */
function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  const { code } = error as { code?: unknown }
  const found = [code, error.message].find((one) => typeof one === 'string' && Object.hasOwn(CAUSES, one))
  return typeof found === 'string' ? found : codeOf(error.cause)
}

/** Why a connection failed, in words; null: not known. */
export function describeCause(error: unknown): string | null {
  const code = codeOf(error)
  return code === null ? null : CAUSES[code]
}

/** Whether to wait and ask again is of no use, for nobody is there. */
export function isPermanentFailure(error: unknown): boolean {
  return PERMANENT.has(codeOf(error) ?? '')
}
