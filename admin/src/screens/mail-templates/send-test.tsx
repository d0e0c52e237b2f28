import { Anchor, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { api, basePath } from '../../data/api.ts'
import { useOperator } from '../../data/operator.tsx'
import { refusalOf } from '../../data/refusal.ts'
import { useAct } from '../../data/use-act.ts'
import type { Language } from '../../messages/language.ts'
import { useFrameTexts, useTexts } from '../../messages/use-texts.tsx'
import { isKept } from '../mail-queue/inbox-query.ts'
import { mailTemplatesTexts } from './texts.ts'

/** Asks for an address, and sends the saved mail there. */
export function SendTest({
  id,
  language,
  isOpen,
  close,
}: {
  id: string
  language: Language
  isOpen: boolean
  close: () => void
}) {
  const t = useTexts(mailTemplatesTexts)
  const frame = useFrameTexts()
  const { name } = useOperator()
  const [to, setTo] = useState(name.includes('@') ? name : '')
  const send = useAct({
    run: async (address: string) => {
      await api.mail.sendTest({ to: address, id, language })
      return isKept(address)
    },
    done: (kept, address) => (kept ? <Kept to={address} /> : t.sent(address)),
    touches: ['jobs', 'mails', 'inbox'],
    quiet: true,
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    send.mutate(to.trim(), { onSuccess: close })
  }
  const refusal = send.error && refusalOf(send.error, frame)
  return (
    <Modal opened={isOpen} onClose={close} title={t.testTitle} closeButtonProps={{ 'aria-label': frame.confirm.close }}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <Text size="sm">{t.testBody}</Text>
          <TextInput
            type="email"
            label={t.to}
            required
            maxLength={254}
            autoComplete="email"
            data-autofocus
            value={to}
            onChange={({ currentTarget: { value } }) => setTo(value)}
            error={refusal && (refusal.fields.to ?? refusal.text)}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {frame.confirm.cancel}
            </Button>
            <Button type="submit" loading={send.isPending} disabled={to.trim() === ''}>
              {t.send}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

/** Notices stand outside the frame, so the link is one of the document. */
function Kept({ to }: { to: string }) {
  const t = useTexts(mailTemplatesTexts)
  return (
    <>
      {t.kept(to)}{' '}
      <Anchor inherit href={`${basePath}/mail/inbox`}>
        {t.inbox}
      </Anchor>
    </>
  )
}
