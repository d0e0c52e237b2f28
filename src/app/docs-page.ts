/**
 * The page around Swagger UI: one document, one style sheet, one script, all by relative URLs, so that it works below any base path.
 *
 * Invariant: it needs no inline script or style and no other host, so its policy allows neither.
 * Not here: Swagger UI itself, which is vendored by the build, and the OpenAPI document it shows.
 *
 * @module
 */
import { product } from '../kernel/product.ts'

/** What a page with scripts of ours may do; JSON answers may do nothing at all (OWASP ASVS 5.0 V3.4.3). */
export const docsPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='5' cy='8' r='3' fill='none' stroke='%233b82c4' stroke-width='2'/%3E%3Cpath d='M8 8h7v3M12 8v2' fill='none' stroke='%233b82c4' stroke-width='2'/%3E%3C/svg%3E"

/** The document. */
export const docsHtml = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${product.title} API</title>
<link rel="icon" href="${icon}">
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="stylesheet" href="docs/page.css">
</head>
<body>
<main id="docs"></main>
<noscript>This page needs JavaScript. The document itself is at <a href="openapi.json">openapi.json</a>.</noscript>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`

/** What Swagger UI leaves to the page around it. There is one server, the page's own, so its list is not shown. */
export const docsCss = `body { margin: 0; background: #fff }
html.dark-mode body { background: #1c2022 }
.swagger-ui .wrapper { max-width: 1100px }
.swagger-ui .info { margin: 32px 0 16px }
.swagger-ui .scheme-container { margin: 0; padding: 16px 0; box-shadow: none; background: none }
.swagger-ui .servers-title, .swagger-ui .servers { display: none }
html.dark-mode .swagger-ui .scheme-container { background: none; box-shadow: none }
.swagger-ui .response-col_links { display: none }
.swagger-ui .opblock textarea.body-param__text { field-sizing: content; min-height: 72px; height: auto }
@media (max-width: 640px) {
  .swagger-ui .wrapper { padding: 0 12px }
  .swagger-ui .opblock .opblock-summary-method { min-width: 64px }
  .swagger-ui .parameters-col_name { width: 120px }
}
`

/** The script: the document as this page can use it, and a CSRF token on every call that may change something. */
export const docsScript = `const safe = /^(GET|HEAD|OPTIONS)$/i
const dark = matchMedia('(prefers-color-scheme: dark)')
const paint = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', paint)
paint()

const ada = { email: 'ada@example.com', password: 'correct horse battery' }
const examples = { 'login.register': ada, 'login.login': ada }

/** A browser sends its cookies by itself, and only to the origin it is on: what is left to ask for is a token. */
function adapt(spec) {
  const { bearer } = spec.components.securitySchemes
  for (const operation of Object.values(spec.paths).flatMap((path) => Object.values(path))) {
    operation.security = (operation.security ?? []).filter((one) => 'bearer' in one)
    // Every refusal has the same shape; its code and title say what is worth a line here.
    for (const [status, response] of Object.entries(operation.responses)) if (status >= 400) delete response.content
    const example = examples[operation.operationId]
    if (example) operation.requestBody.content['application/json'].example = example
  }
  spec.info.description +=
    '\\n\\nOn this page, register or log in: the browser keeps the cookies, and the CSRF token is sent for you.'
  return {
    ...spec,
    servers: [{ url: location.origin }],
    tags: spec.tags.map(({ name }) => ({ name })),
    components: { ...spec.components, securitySchemes: bearer ? { bearer } : {} },
  }
}

async function withToken(request) {
  if (safe.test(request.method ?? 'GET') || request.headers.Authorization) return request
  const { csrfToken } = await (await fetch('csrf')).json()
  request.headers['X-CSRF-Token'] = csrfToken
  return request
}

fetch('openapi.json')
  .then((answer) => answer.json())
  .then((spec) =>
    SwaggerUIBundle({
      spec: adapt(spec),
      dom_id: '#docs',
      deepLinking: true,
      defaultModelsExpandDepth: 0,
      displayRequestDuration: true,
      requestInterceptor: withToken,
      tryItOutEnabled: true,
      validatorUrl: null,
    }),
  )
  .catch((error) => {
    document.getElementById('docs').textContent = 'The API document cannot be loaded: ' + error.message
  })
`
