import { useEffect, useRef, useState } from 'react'

const pauseMs = 250

/** What stands in a field of a list: asked for when typing pauses, or at once. */
export interface Typed {
  readonly text: string
  type(text: string): void
  send(text: string): void
}

/**
 * A field that asks a list while people type.
 *
 * @param asked what the list is asked for by now; the field follows it when it changes by other means
 */
export function useTyped(asked: string, ask: (text: string) => void): Typed {
  const [text, setText] = useState(asked)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const sent = useRef(asked)
  useEffect(() => {
    // The address changed by other means than typing here: a link, the way back, "clear".
    if (asked !== sent.current) {
      sent.current = asked
      setText(asked)
    }
  }, [asked])
  useEffect(() => () => clearTimeout(timer.current), [])
  const send = (value: string) => {
    clearTimeout(timer.current)
    sent.current = value.trim()
    ask(value.trim())
  }
  return {
    text,
    type(value) {
      setText(value)
      clearTimeout(timer.current)
      timer.current = setTimeout(() => send(value), pauseMs)
    },
    send(value) {
      setText(value)
      send(value)
    },
  }
}
