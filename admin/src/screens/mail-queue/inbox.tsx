import { Accordion, Anchor, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTexts } from '../../messages/use-texts.tsx'
import { Ago } from '../../parts/ago.tsx'
import { Copyable } from '../../parts/copy.tsx'
import { PageLoading } from '../../parts/page.tsx'
import { Quiet, Refused } from '../../parts/states.tsx'
import { MailPage } from './frame.tsx'
import classes from './inbox.module.css'
import { inboxQuery, type KeptMail } from './inbox-query.ts'
import { mailQueueTexts } from './texts.ts'

/** The mails of a server in development, newest first. */
export default function InboxScreen() {
  const t = useTexts(mailQueueTexts)
  return (
    <MailPage view="/mail/inbox" lead={t.inboxLead}>
      <Mails />
    </MailPage>
  )
}

function Mails() {
  const t = useTexts(mailQueueTexts)
  const { data, error, refetch } = useQuery({ ...inboxQuery, refetchInterval: 10_000 })
  if (error && !data) return <Refused error={error} retry={() => void refetch()} />
  if (data === undefined) return <PageLoading />
  if (data === null)
    return (
      <Quiet icon="inbox" title={t.inboxOff}>
        {t.inboxOffHelp}
      </Quiet>
    )
  if (data.length === 0) return <Quiet icon="inbox" title={t.inboxEmpty} />
  return (
    <Accordion variant="contained" multiple order={2} classNames={{ item: classes.item }}>
      {data.map((mail) => {
        const id = `${mail.at}-${mail.to}-${mail.subject}`.replaceAll(/[^\w-]/g, '-')
        return (
          <Accordion.Item key={id} value={id}>
            <Accordion.Control>
              <Text size="sm" fw={600}>
                {mail.subject}
              </Text>
              <Text size="xs" c="dimmed" component="div">
                {t.to(mail.to)} · <Ago at={mail.at} />
              </Text>
            </Accordion.Control>
            <Accordion.Panel>
              <Content {...mail} />
            </Accordion.Panel>
          </Accordion.Item>
        )
      })}
    </Accordion>
  )
}

function Content({ text, links, code }: KeptMail) {
  const t = useTexts(mailQueueTexts)
  return (
    <Stack gap="sm">
      {code !== undefined && (
        <Group gap="xs">
          <Text size="sm">{t.code}</Text>
          <Copyable value={code} />
        </Group>
      )}
      <pre className={classes.text}>{text}</pre>
      {links.length > 0 && (
        <ul aria-label={t.links} className={classes.links}>
          {links.map((link) => (
            <li key={link}>
              <Anchor size="sm" href={link} target="_blank" rel="noreferrer">
                {link}
              </Anchor>
            </li>
          ))}
        </ul>
      )}
    </Stack>
  )
}
