import { Alert, Anchor, Button, Modal, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useEffect, useState, useSyncExternalStore } from 'react'
import { api, basePath } from '../data/api.ts'
import { pingQuery } from '../data/operator.tsx'
import { refusalOf } from '../data/refusal.ts'
import { answerLogin, loginIsAsked } from '../data/relogin.ts'
import { useFrameTexts } from '../messages/use-texts.tsx'

/** Over whatever was being done when the session ended: log in, and it goes on. Somebody else begins anew. */
export function Relogin() {
  const t = useFrameTexts()
  const isAsked = useSyncExternalStore(loginIsAsked.subscribe, loginIsAsked.get)
  const queries = useQueryClient()
  const [identifier, setIdentifier] = useState('')
  const [password, setPassword] = useState('')
  const [problem, setProblem] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  useEffect(() => {
    if (isAsked) setProblem(undefined)
  }, [isAsked])

  async function logIn(event: FormEvent): Promise<void> {
    event.preventDefault()
    setBusy(true)
    try {
      const answer = await api.admin.login({ identifier, password })
      if (answer.status !== 'active') return setProblem(t.relogin.more)
      const before = queries.getQueryData<{ operator: { id: string | null } }>(pingQuery.queryKey)
      const now = await api.admin.ping()
      if (before && before.operator.id !== now.operator.id) return location.reload()
      queries.setQueryData(pingQuery.queryKey, now)
      setPassword('')
      answerLogin(true)
    } catch (error) {
      setProblem(refusalOf(error, t).text)
    } finally {
      setBusy(false)
    }
  }

  return (
    <Modal
      opened={isAsked}
      onClose={() => answerLogin(false)}
      title={t.relogin.title}
      zIndex={1000}
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': t.confirm.close }}
    >
      <form onSubmit={logIn}>
        <Stack>
          <Text size="sm">{t.relogin.body}</Text>
          {problem && (
            <Alert color="red" role="alert">
              {problem}
            </Alert>
          )}
          <TextInput
            label={t.relogin.identifier}
            autoComplete="username"
            required
            withAsterisk={false}
            data-autofocus
            value={identifier}
            onChange={(event) => setIdentifier(event.currentTarget.value)}
          />
          <PasswordInput
            label={t.relogin.password}
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Button type="submit" loading={isBusy}>
            {t.relogin.login}
          </Button>
          <Anchor size="sm" href={`${basePath}/`}>
            {t.relogin.page}
          </Anchor>
        </Stack>
      </form>
    </Modal>
  )
}
