import { json } from '@codemirror/lang-json'
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { tags } from '@lezer/highlight'
import { basicSetup, EditorView } from 'codemirror'
import { useEffect, useRef } from 'react'
import { styleNonce } from '../data/api.ts'
import classes from './code-editor.module.css'

/** Colours of the theme, so that both schemes can be read. */
const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--mantine-color-anchor)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--panel-code-text)' },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: 'var(--panel-code-value)' },
  { tag: tags.comment, color: 'var(--mantine-color-dimmed)' },
])

export interface CodeEditorProps {
  readonly language: 'json' | 'text'
  readonly labelledBy: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly readOnly?: boolean
}

/** An editor of many lines. Loaded lazily: it is larger than any screen. */
export default function CodeEditor({ language, labelledBy, value, onChange, readOnly = false }: CodeEditorProps) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  const change = useRef(onChange)
  const first = useRef(value)
  change.current = onChange
  useEffect(() => {
    if (!host.current) return
    const editor = new EditorView({
      parent: host.current,
      doc: first.current,
      extensions: [
        basicSetup,
        language === 'json' ? json() : [],
        syntaxHighlighting(colours),
        EditorView.lineWrapping,
        EditorView.editable.of(!readOnly),
        EditorView.cspNonce.of(styleNonce),
        EditorView.contentAttributes.of({ 'aria-labelledby': labelledBy, tabindex: '0' }),
        EditorView.updateListener.of(({ docChanged, state }) => {
          if (docChanged) change.current(state.doc.toString())
        }),
      ],
    })
    view.current = editor
    return () => editor.destroy()
  }, [language, labelledBy, readOnly])
  useEffect(() => {
    const editor = view.current
    const now = editor?.state.doc.toString()
    if (editor && now !== value) editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } })
  }, [value])
  return <div ref={host} className={classes.editor} />
}
