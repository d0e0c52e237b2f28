import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { houses, onOneStore } from './houses.ts'

const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts') && name !== 'houses.test.ts')
const textOf = (file: string) => readFileSync(`${import.meta.dirname}/${file}`, 'utf8')
const onAll = files.filter((file) => textOf(file).includes("from './houses.ts'"))

test('every flow runs on all stores of its lane, or is in the table that says why not', () => {
  expect(files.filter((file) => !onAll.includes(file))).toEqual(Object.keys(onOneStore))
})

test('what a store leaves out is a test of the flows: none is left out by a name that was changed', () => {
  const text = onAll.map(textOf).join('\n')
  const names = houses.flatMap(({ leftOut }) => Object.keys(leftOut))
  expect(names.filter((name) => !text.includes(`'${name}'`))).toEqual([])
})
