/** The style sheet of all pages. Colours follow the reader's system; nothing is loaded from elsewhere. */
export const style = `:root {
  color-scheme: light dark;
  --ground: #f4f4f5; --card: #ffffff; --text: #18181b; --soft: #52525b; --line: #d4d4d8; --field: #71717a;
  --accent: #1d4ed8; --on-accent: #ffffff; --bad: #b91c1c; --bad-ground: #fef2f2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #18181b; --card: #27272a; --text: #fafafa; --soft: #b4b4bd; --line: #52525b; --field: #a1a1aa;
    --accent: #93b4ff; --on-accent: #0b1b45; --bad: #fca5a5; --bad-ground: #451a1a;
  }
}
* { box-sizing: border-box }
body {
  margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px 16px;
  background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
main { width: 100%; max-width: 400px; padding: 32px; background: var(--card); border-radius: 16px; border: 1px solid var(--line) }
.app { margin: 0 0 24px; color: var(--soft); font-size: 14px; overflow-wrap: anywhere }
h1 { margin: 0 0 8px; font-size: 24px; line-height: 1.25 }
p { margin: 0 0 16px; overflow-wrap: anywhere }
label { display: block; margin: 0 0 6px; font-weight: 600 }
input {
  width: 100%; padding: 12px; margin: 0 0 20px; font: inherit; color: inherit; background: var(--ground);
  border: 1px solid var(--field); border-radius: 10px;
}
button, .button {
  display: block; width: 100%; padding: 12px 20px; border: 0; border-radius: 10px; font: inherit; font-weight: 600; text-align: center;
  text-decoration: none; background: var(--accent); color: var(--on-accent); cursor: pointer;
}
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.problem { margin: 0 0 16px; padding: 12px 14px; border-radius: 10px; background: var(--bad-ground); color: var(--bad) }
.problem ul { margin: 8px 0 0; padding: 0 0 0 20px }
article { padding: 16px 0; border-top: 1px solid var(--line) }
h2 { margin: 0 0 4px; font-size: 18px }
pre { margin: 0 0 12px; font: 14px/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere }
a { color: var(--accent) }
a.button { color: var(--on-accent) }
@media (max-width: 480px) { main { padding: 24px 20px; border: 0; border-radius: 12px } body { place-items: start center } }
`
