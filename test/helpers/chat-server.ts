import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A question as it came over the wire. */
export interface Asked {
  body: {
    model: string
    max_tokens: number
    messages: { role: string; content: string }[]
    response_format?: { type: string; json_schema: { schema: Record<string, unknown> } }
  }
  headers: IncomingHttpHeaders
  /** How many came before it. */
  before: number
}

/** What goes back: a text of the model, or another HTTP answer. */
export interface Said {
  text?: string
  finish?: string
  refusal?: string
  status?: number
  headers?: Record<string, string>
  /** Instead of a completion. */
  raw?: string
  /** Milliseconds. */
  after?: number
  /** The connection is cut instead. */
  cut?: true
}

export interface ChatServer {
  url: string
  asked: Asked[]
  /** Called for each question. */
  answer: (asked: Asked) => Said
  close(): Promise<void>
}

/** Speaks the chat-completions protocol on loopback. */
export async function startChatServer(answer: ChatServer['answer']): Promise<ChatServer> {
  const asked: Asked[] = []
  const http = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const one: Asked = { body: JSON.parse(text), headers: request.headers, before: asked.length }
    asked.push(one)
    if (request.url !== '/v1/chat/completions') {
      response.writeHead(404).end('{}')
      return
    }
    const said = server.answer(one)
    if (said.after) await sleep(said.after)
    if (said.cut) {
      response.destroy()
      return
    }
    response.writeHead(said.status ?? 200, { 'content-type': 'application/json', ...said.headers })
    response.end(said.raw ?? JSON.stringify(said.status ? { error: { message: 'no' } } : completionOf(one, said)))
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const server: ChatServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1`,
    asked,
    answer,
    async close() {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
  return server
}

function completionOf({ body }: Asked, { text = '', finish = 'stop', refusal }: Said) {
  const words = (s: string) => s.split(/\s+/).length
  const prompt = body.messages.reduce((sum, { content }) => sum + words(content), 0)
  return {
    id: 'c1',
    object: 'chat.completion',
    created: 0,
    model: body.model,
    choices: [
      {
        index: 0,
        finish_reason: finish,
        message: { role: 'assistant', content: refusal ? null : text, refusal: refusal ?? null },
      },
    ],
    usage: { prompt_tokens: prompt, completion_tokens: words(text), total_tokens: prompt + words(text) },
  }
}

/** Lines of the blocks of a question: id and text. */
export function linesOf({ body }: Asked): { id: string; text: string }[] {
  const { content } = body.messages[body.messages.length - 1]
  return [...content.matchAll(/^(\w+): (.*)$/gm)].map(([, id, text]) => ({ id, text }))
}
