import { expect, test } from 'vitest'
import { settingsTexts } from '../admin/src/screens/settings/texts.ts'
import { sqlite } from '../src/sqlite.ts'
import { houseOn } from './flows/house.ts'
import { everythingOn } from './security/routes.ts'

test('the panel has Italian words for every setting there is, and for none that is gone', async () => {
  const house = houseOn(sqlite(':memory:'), { ...everythingOn, infra: { runJobs: false } })
  const { settings } = await house.auth.asSystem('test').settings.list()
  const { said, groups } = settingsTexts.it
  const names = settings.map(({ name }) => name)
  expect(Object.keys(said).sort()).toEqual(names.toSorted())
  expect(names.map((name) => name.split('.')[0]).filter((group) => !Object.hasOwn(groups, group ?? ''))).toEqual([])
  await house.auth.close()
})
