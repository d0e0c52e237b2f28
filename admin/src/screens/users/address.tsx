import { Badge, Button, Group } from '@mantine/core'
import { api } from '../../data/api.ts'
import { useOperator } from '../../data/operator.tsx'
import { useAct } from '../../data/use-act.ts'
import { useTexts } from '../../messages/use-texts.tsx'
import { confirm } from '../../parts/confirm.tsx'
import { actsTexts } from './acts-texts.ts'
import { usersTexts } from './texts.ts'
import type { UserDetail } from './user-query.ts'

/** One of the names somebody logs in with, whether it is proved, and what an operator can do about that. */
export function Identifier({ of: { kind, value, verifiedAt }, id }: { of: UserDetail['identifiers'][number]; id: string }) {
  const t = useTexts(usersTexts)
  const { may, has } = useOperator()
  const isOpen = verifiedAt === null && kind !== 'username'
  return (
    <Group gap={6}>
      {value}
      {verifiedAt !== null && (
        <Badge color="teal" size="sm">
          {t.verifiedAt}
        </Badge>
      )}
      {isOpen && (
        <Badge color="gray" size="sm">
          {t.notVerified}
        </Badge>
      )}
      {isOpen && kind === 'email' && may('help') && has('email') && <Proving id={id} />}
    </Group>
  )
}

function Proving({ id }: { id: string }) {
  const t = useTexts(actsTexts)
  const touches = ['users']
  const verify = useAct({ run: () => api.email.verify({ id }), done: t.verified, touches })
  const send = useAct({
    run: () => api.email.sendVerification({ id }),
    done: ({ sent }) => (sent ? t.verificationSent : t.alreadyVerified),
    touches,
  })
  const askVerify = async () => {
    if ((await confirm({ title: t.verifyTitle, body: t.verifyBody, act: t.verify, danger: false })) !== undefined) verify.mutate()
  }
  return (
    <>
      <Button variant="default" size="compact-xs" loading={send.isPending} onClick={() => send.mutate()}>
        {t.sendVerification}
      </Button>
      <Button variant="default" size="compact-xs" loading={verify.isPending} onClick={() => void askVerify()}>
        {t.verify}
      </Button>
    </>
  )
}
