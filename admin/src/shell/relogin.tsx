import { Alert, Anchor, Button, Modal, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useEffect, useState, useSyncExternalStore } from 'react'
import { api, basePath } from '../data/api.ts'
import { pingQuery } from '../data/operator.tsx'
import { refusalOf } from '../data/refusal.ts'
import { answerLogin, loginIsAsked } from '../data/relogin.ts'
import type { FrameTexts } from '../messages/en.ts'
import { useFrameTexts } from '../messages/use-texts.tsx'

type Answer = Awaited<ReturnType<typeof api.admin.login>>

/** Over whatever was being done when the session ended: log in, and it goes on. Somebody else begins anew. */
export function Relogin() {
  const t = useFrameTexts()
  const isAsked = useSyncExternalStore(loginIsAsked.subscribe, loginIsAsked.get)
  const { send, problem, isBusy, owed } = useLogin(isAsked)
  const [identifier, setIdentifier] = useState('')
  const [password, setPassword] = useState('')
  const [fresh, setFresh] = useState('')
  useEffect(() => {
    if (isAsked) return
    setPassword('')
    setFresh('')
  }, [isAsked])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void send(() =>
      owed === undefined
        ? api.admin.login({ identifier, password })
        : api.admin.finishLogin({ loginToken: owed, newPassword: fresh }),
    )
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
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm">{owed === undefined ? t.relogin.body : t.relogin.owed}</Text>
          {problem && (
            <Alert color="red" role="alert">
              {problem}
            </Alert>
          )}
          {owed === undefined ? (
            <>
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
            </>
          ) : (
            <PasswordInput
              key="fresh"
              label={t.relogin.newPassword}
              autoComplete="new-password"
              required
              withAsterisk={false}
              autoFocus
              value={fresh}
              onChange={(event) => setFresh(event.currentTarget.value)}
            />
          )}
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

/** A login in as many steps as it owes. `owed` stands for one that waits for a new password. */
function useLogin(isAsked: boolean) {
  const t = useFrameTexts()
  const queries = useQueryClient()
  const [problem, setProblem] = useState<string>()
  const [owed, setOwed] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  useEffect(() => {
    if (!isAsked) return
    setProblem(undefined)
    setOwed(undefined)
  }, [isAsked])

  async function goOn(answer: Answer): Promise<void> {
    if (answer.status === 'factor_required' && answer.methods.includes('password_change')) return setOwed(answer.loginToken)
    if (answer.status !== 'active') return setProblem(t.relogin.more)
    const before = queries.getQueryData<{ operator: { id: string | null } }>(pingQuery.queryKey)
    const now = await api.admin.ping()
    if (before && before.operator.id !== now.operator.id) return location.reload()
    queries.setQueryData(pingQuery.queryKey, now)
    answerLogin(true)
  }

  async function send(step: () => Promise<Answer>): Promise<void> {
    setBusy(true)
    setProblem(undefined)
    try {
      await goOn(await step())
    } catch (error) {
      setProblem(said(error, t))
      if (refusalOf(error, t).code === 'login_expired') setOwed(undefined)
    } finally {
      setBusy(false)
    }
  }

  return { send, problem, isBusy, owed }
}

/** Of a password that is refused, why. */
function said(error: unknown, t: FrameTexts): string {
  const { text, fields } = refusalOf(error, t)
  return [text, ...Object.values(fields)].join(' ')
}
