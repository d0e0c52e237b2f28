import { Anchor } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTexts } from '../../messages/use-texts.tsx'
import { usersTexts } from './texts.ts'

const anId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Where a list is asked by ids and nothing was found: a name or an address leads to the users, an id nowhere. */
export const idsOnly = (typed: string | undefined) =>
  typed === undefined || anId.test(typed) ? undefined : <IdsOnly typed={typed} />

function IdsOnly({ typed }: { typed: string }) {
  const t = useTexts(usersTexts)
  return (
    <>
      {t.idsOnly}{' '}
      <Anchor inherit renderRoot={(props) => <Link to="/users" search={{ q: typed } as never} {...props} />}>
        {t.findPerson}
      </Anchor>
    </>
  )
}
