import { current } from '../auth'

/** Who is there, read on the server. */
export default async function Page() {
  const caller = await current()
  return <main>{caller ? `Hello ${(await caller.user()).email}` : 'Nobody is logged in'}</main>
}
