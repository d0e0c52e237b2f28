import { Alert, Badge, Button, FileButton, Group } from '@mantine/core'
import { useRef } from 'react'
import { api } from '../../data/api.ts'
import { useOperator } from '../../data/operator.tsx'
import { useAct } from '../../data/use-act.ts'
import { useList } from '../../data/use-list.ts'
import { type Language, number } from '../../messages/language.ts'
import { useLanguage, useTexts } from '../../messages/use-texts.tsx'
import { Ago } from '../../parts/ago.tsx'
import { confirm } from '../../parts/confirm.tsx'
import { Copyable } from '../../parts/copy.tsx'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { InCode } from '../../parts/in-code.tsx'
import { Page } from '../../parts/page.tsx'
import classes from './pictures.module.css'
import { picturesTexts } from './texts.ts'

type Picture = Awaited<ReturnType<typeof fetchPictures>>['files'][number]

const logo = 'pages.logoUrl'
const kinds = 'image/png,image/jpeg,image/gif,image/webp'

/** The pictures of the house, each with whether pages show it, and whether that can be changed here. */
async function fetchPictures() {
  const [{ files, nextCursor }, { settings }] = await Promise.all([api.pictures.list(), api.settings.list()])
  const setting = settings.find(({ name }) => name === logo)
  const isFixed = setting?.isFixed === true
  return { nextCursor, files: files.map((file) => ({ ...file, isLogo: setting?.value === file.url, isFixed })) }
}

/** Pictures for the pages of the house. */
export default function PicturesScreen() {
  const t = useTexts(picturesTexts)
  const { language } = useLanguage()
  const { may } = useOperator()
  const forget = useRef<() => void>(null)
  const list = useList({ key: 'pictures', asks: [], fetch: fetchPictures, rows: (page) => page.files })
  const touches = ['pictures', 'settings']
  const upload = useAct({ run: (file: File) => api.pictures.upload({ file }), done: t.kept, touches })
  const show = useAct({
    run: (url: string | null) => api.settings.set({ settings: { [logo]: url } }),
    done: (_, url) => (url === null ? t.stopped : t.shown),
    touches,
  })
  const remove = useAct({ run: (filename: string) => api.pictures.delete({ filename }), done: t.deleted, touches })
  const askDelete = async ({ filename }: Picture) => {
    if ((await confirm({ title: t.deleteTitle, body: t.deleteBody, act: t.delete })) !== undefined) remove.mutate(filename)
  }
  /** The field forgets what was chosen, so that the same file can be chosen again. */
  const choose = (file: File | null) => {
    if (file) upload.mutate(file)
    forget.current?.()
  }
  const uploading = (
    <FileButton accept={kinds} resetRef={forget} onChange={choose}>
      {(props) => (
        <Button {...props} loading={upload.isPending}>
          {t.upload}
        </Button>
      )}
    </FileButton>
  )
  const actions = (picture: Picture) => (
    <Group gap="xs" wrap="nowrap">
      {!picture.isFixed && (
        <Button
          variant="subtle"
          size="compact-sm"
          aria-label={picture.isLogo ? t.stop : t.showNamed(picture.filename)}
          onClick={() => show.mutate(picture.isLogo ? null : picture.url)}
        >
          {picture.isLogo ? t.stop : t.show}
        </Button>
      )}
      {!picture.isLogo && (
        <Button
          variant="subtle"
          color="red"
          size="compact-sm"
          aria-label={t.deleteNamed(picture.filename)}
          onClick={() => void askDelete(picture)}
        >
          {t.delete}
        </Button>
      )}
    </Group>
  )
  return (
    <Page title={t.title} lead={t.lead} actions={may('manage') && uploading}>
      {list.rows.some(({ isFixed }) => isFixed) && (
        <Alert color="gray" role="note">
          <InCode text={t.isFixed} />
        </Alert>
      )}
      <DataTable<Picture>
        label={t.title}
        list={list}
        columns={columnsOf(t, language)}
        id={({ filename }) => filename}
        name={({ filename }) => filename}
        empty={{ title: t.empty, help: t.emptyHelp }}
        {...(may('manage') && { actions })}
      />
    </Page>
  )
}

const columnsOf = (t: (typeof picturesTexts)['en'], language: Language): readonly Column<Picture>[] => [
  {
    key: 'picture',
    title: t.picture,
    cell: ({ url, isLogo }) => (
      <Group gap="sm">
        <img className={classes.thumb} src={url} alt="" />
        {isLogo && <Badge color="teal">{t.logo}</Badge>}
      </Group>
    ),
  },
  { key: 'path', title: t.path, cell: ({ url }) => <Copyable value={url} /> },
  { key: 'size', title: t.size, wide: true, cell: ({ bytes }) => `${number(language, Math.ceil(bytes / 1000))} kB` },
  { key: 'uploaded', title: t.uploaded, wide: true, cell: ({ uploadedAt }) => <Ago at={uploadedAt} /> },
]
