import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useFrameTexts } from '../messages/use-texts.tsx'
import { refusalOf } from './refusal.ts'

export interface ActOptions<V, T> {
  readonly run: (input: V) => Promise<T>
  /** What people read when it is done. */
  readonly done?: string | ((value: T, input: V) => ReactNode)
  /** Lists and details to load again, besides the audit log: every act is written there. */
  readonly touches: readonly string[]
  /** The form shows refusals itself. */
  readonly quiet?: boolean
}

/** One act of the operator: says how it went, and loads again what it changed. */
export function useAct<V = void, T = unknown>({ run, done, touches, quiet }: ActOptions<V, T>) {
  const queries = useQueryClient()
  const t = useFrameTexts()
  const closeButtonProps = { 'aria-label': t.confirm.close }
  return useMutation<T, Error, V>({
    mutationFn: run,
    onSuccess(value, input) {
      const message = typeof done === 'function' ? done(value, input) : done
      if (message) notifications.show({ message, color: 'teal', closeButtonProps })
    },
    onError(error) {
      if (!quiet) notifications.show({ message: refusalOf(error, t).text, color: 'red', autoClose: 10_000, closeButtonProps })
    },
    onSettled: () => Promise.all(['audit', ...touches].map((key) => queries.invalidateQueries({ queryKey: [key] }))),
  })
}
