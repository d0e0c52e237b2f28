/**
 * A mail as its reader sees it, in a frame that can do nothing.
 *
 * Invariant: no script, no form, no link and no request of a mail gets out: the frame has no rights, and inherits the policy of the panel.
 * That policy takes style elements that carry the nonce and no style attributes, so these become rules; anything else of the mail stays.
 *
 * @module
 */
import { styleNonce } from '../../data/api.ts'
import classes from './mail-frame.module.css'

/** Moves what stands in `style` attributes into a style element that is let in. */
function laidOut(html: string): string {
  // Renamed before anything reads them: a document that is only parsed is held to the policy too.
  const page = new DOMParser().parseFromString(
    html.replaceAll(/(<[a-z][a-z0-9]*\b[^<>]*?\s)style=/gi, '$1data-look='),
    'text/html',
  )
  const rules = [...page.querySelectorAll('[data-look]')].map((element, index) => {
    const look = element.getAttribute('data-look') ?? ''
    element.removeAttribute('data-look')
    element.classList.add(`look-${index}`)
    return `.look-${index}{${look.replaceAll(/[{}<]/g, '')}}`
  })
  const style = page.createElement('style')
  style.setAttribute('nonce', styleNonce)
  style.textContent = rules.join('\n')
  // A link would replace the preview: as a new window it is not let out.
  const base = page.createElement('base')
  base.target = '_blank'
  page.head.append(base, style)
  return `<!doctype html>${page.documentElement.outerHTML}`
}

export function MailFrame({ title, html }: { title: string; html: string }) {
  return <iframe className={classes.frame} title={title} sandbox="" srcDoc={laidOut(html)} />
}
