/** The style sheet of all pages. Colours follow the reader's system; nothing is loaded from elsewhere. */
export const style = `:root {
  color-scheme: light dark;
  --ground: #eef1f6; --glow: #dbe4ff; --card: #ffffff; --text: #14161c; --soft: #4d5361; --line: #dfe3ea; --field: #6f7686;
  --inset: #f8f9fc; --accent: #2546d0; --accent-2: #1b36a8; --on-accent: #ffffff; --bad: #a3161c; --bad-ground: #fdf0f0;
  --shadow: 0 1px 2px rgb(20 22 28 / 6%), 0 16px 40px -12px rgb(20 22 28 / 18%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #101218; --glow: #1b2340; --card: #1a1d25; --text: #f2f4f8; --soft: #b0b7c5; --line: #2c313d; --field: #858da0;
    --inset: #12151c; --accent: #a3b8ff; --accent-2: #c2d0ff; --on-accent: #0c1536; --bad: #ffb0b0; --bad-ground: #3a1619;
    --shadow: 0 1px 2px rgb(0 0 0 / 40%), 0 16px 40px -12px rgb(0 0 0 / 60%);
  }
}
* { box-sizing: border-box }
html { background: var(--ground); -webkit-text-size-adjust: 100%; text-size-adjust: 100% }
body {
  margin: 0; min-height: 100vh; min-height: 100dvh; display: grid; place-items: center; padding: 32px 16px;
  background: radial-gradient(60rem 32rem at 50% -8rem, var(--glow), transparent) no-repeat;
  color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
main {
  width: 100%; max-width: 420px; min-width: 0; padding: 40px; background: var(--card); border: 1px solid var(--line);
  border-radius: 20px; box-shadow: var(--shadow);
}
.app { margin: 0 0 28px; color: var(--soft); font-size: 15px; font-weight: 600; overflow-wrap: anywhere }
.app[data-initial] { display: flex; align-items: center; gap: 10px }
.app[data-initial]::before {
  content: attr(data-initial); content: attr(data-initial) / ""; flex: none; width: 32px; height: 32px; border-radius: 10px; background: var(--accent);
  color: var(--on-accent); font-size: 17px; font-weight: 700; line-height: 32px; text-align: center;
}
h1 { margin: 0 0 12px; font-size: 26px; line-height: 1.2; letter-spacing: -.01em; text-wrap: balance; overflow-wrap: anywhere }
p { margin: 0 0 16px; color: var(--soft); overflow-wrap: anywhere; text-wrap: pretty }
form { margin: 24px 0 0 }
label { display: block; margin: 0 0 6px; font-size: 15px; font-weight: 600 }
input {
  width: 100%; min-height: 48px; padding: 10px 14px; margin: 0 0 20px; font: inherit; color: inherit; background: var(--inset);
  border: 1px solid var(--field); border-radius: 12px;
}
input[aria-invalid=true] { border: 2px solid var(--bad); padding: 9px 13px }
.hint { margin: -10px 0 22px; font-size: 14px }
.reason { margin: -10px 0 22px; font-size: 14px; color: var(--bad); overflow-wrap: anywhere }
.reason + .hint { margin-top: -16px }
button, .button {
  display: block; width: 100%; min-height: 48px; padding: 11px 20px; border: 1px solid transparent; border-radius: 12px; font: inherit;
  font-weight: 600; text-align: center; text-decoration: none; background: var(--accent); color: var(--on-accent); cursor: pointer;
}
button:hover, .button:hover { background: var(--accent-2) }
button.quiet { background: none; color: var(--text); border-color: var(--field) }
button.quiet:hover { background: var(--inset) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.problem {
  margin: 20px 0; padding: 12px 16px; border-radius: 12px; border: 1px solid; background: var(--bad-ground); color: var(--bad);
  font-weight: 500; overflow-wrap: anywhere;
}
.problem:focus-visible { outline: 2px solid var(--bad); outline-offset: -2px }
a { color: var(--accent); text-underline-offset: 3px }
a.button { margin: 24px 0 0; color: var(--on-accent) }
.more { margin: 4px 0 0; text-align: center }
form + .more { margin-top: 20px }
.more a { display: inline-block; padding: 6px 8px; font-weight: 500 }
article { padding: 20px 0; border-top: 1px solid var(--line) }
article .app { margin: 0 0 12px; font-size: 14px; font-weight: 400 }
h2 { margin: 0 0 4px; font-size: 18px; overflow-wrap: anywhere }
pre { margin: 0 0 12px; font: 14px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; white-space: pre-wrap; overflow-wrap: anywhere }
@media (max-width: 480px) {
  body { place-items: start stretch; padding: 0; background: var(--card) }
  main { padding: 28px 20px 40px; border: 0; border-radius: 0; box-shadow: none; background: none }
}
@media (forced-colors: active) { .app[data-initial]::before { border: 1px solid } }
`
