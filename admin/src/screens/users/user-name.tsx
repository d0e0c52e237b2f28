import { Anchor } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { use } from 'react'
import { RowLeads } from '../../data/places.ts'
import { calledOf } from '../../parts/called.ts'
import { namesQuery } from './names.ts'

/** What a user is called, with the way to their page unless the row leads elsewhere; the id until that is known, and of whoever is gone. */
export function UserName({ id }: { id: string }) {
  const { data } = useQuery(namesQuery(id))
  const name = data ? calledOf(data) : id
  if (use(RowLeads)) return name
  return (
    <Anchor inherit renderRoot={(props) => <Link to={`/users/${encodeURIComponent(id)}`} {...props} />}>
      {name}
    </Anchor>
  )
}
