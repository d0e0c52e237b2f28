/**
 * Whom a demonstration shows, and what they hold in their hands. Nobody of them exists: addresses are of names kept for examples (RFC 2606, 5737).
 *
 * @module
 */

const english = [
  'Amelia Hughes, Oliver Bennett, Isla Whitaker, George Ashdown, Freya Coleman, Harry Pemberton, Ruby Sinclair, Arthur Fenwick',
  'Poppy Larkin, Theo Marsden, Evie Thornton, Jack Holloway, Maisie Redfern, Leo Carmichael, Hannah Okafor, Samuel Adeyemi',
  'Priya Raman, Daniel O’Connor, Chloe Martin, Yusuf Rahman',
]
const italian = [
  'Giulia Ferrari, Lorenzo Bianchi, Chiara Romano, Matteo Galli, Francesca Conti, Alessandro Ricci, Martina Greco, Davide Marino',
  'Sofia Lombardi, Niccolò Moretti, Elena Barbieri, Tommaso Fontana, Beatrice Caruso, Riccardo Leone, Alice Santoro, Federico Vitale',
  'Ilaria D’Angelo, Simone Pellegrini, Caterina Fabbri, Edoardo Monti',
]

const named = (lines: readonly string[], locale: string, domain: string) =>
  lines
    .flatMap((line) => line.split(', '))
    .map((name) => {
      const [firstName = '', lastName = ''] = name.split(' ')
      const plain = `${firstName}.${lastName}`.normalize('NFD').replace(/[^A-Za-z.]/g, '')
      return { firstName, lastName, locale, email: `${plain.toLowerCase()}@${domain}` }
    })

/** Forty people, half of each language. */
export const demoPeople = [...named(english, 'en', 'example.com'), ...named(italian, 'it', 'example.org')]

const gecko = (system: string) => `Mozilla/5.0 (${system}; rv:144.0) Gecko/20100101 Firefox/144.0`
const chrome = (system: string, end = '') =>
  `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 ${end}Safari/537.36`
const safari = (system: string, mobile: string) =>
  `Mozilla/5.0 (${system}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 ${mobile}Safari/605.1.15`

/** User agents as they are about. */
export const demoAgents = [
  chrome('Windows NT 10.0; Win64; x64'),
  chrome('Macintosh; Intel Mac OS X 10_15_7'),
  chrome('X11; Linux x86_64'),
  chrome('Linux; Android 15; Pixel 9', 'Mobile '),
  chrome('Linux; Android 14; SM-S921B', 'Mobile '),
  `${chrome('Windows NT 10.0; Win64; x64')} Edg/142.0.0.0`,
  gecko('Windows NT 10.0; Win64; x64'),
  gecko('X11; Ubuntu; Linux x86_64'),
  gecko('Macintosh; Intel Mac OS X 10.15'),
  safari('Macintosh; Intel Mac OS X 10_15_7', ''),
  safari('iPhone; CPU iPhone OS 18_6 like Mac OS X', 'Mobile/15E148 '),
  safari('iPad; CPU OS 18_6 like Mac OS X', 'Mobile/15E148 '),
]

/** Networks for documentation. */
export const demoNetworks = ['192.0.2', '198.51.100', '203.0.113'] as const
