import { expect, test } from 'vitest'
import { formatOf, readHash } from './foreign-hashes.ts'

const verifies = async (password: string, encoded: string) => (await readHash(encoded)?.(Buffer.from(password))) ?? false

/**
 * Password and hash. The argon2 rows of `password` are of the reference implementation's own suite, `lètmein` is of Django's, the passlib
 * rows with `password` of its documentation; the others were made with Python's hashlib, libxcrypt and hash-wasm.
 */
const vectors: readonly (readonly [format: string, password: string, encoded: string])[] = [
  ['argon2id', 'password', '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'],
  ['argon2id with two lanes', 'password', '$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc'],
  ['argon2i', 'password', '$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8'],
  ['argon2i of version 16', 'password', '$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY'],
  ['argon2d', 'correct horse', '$argon2d$v=19$m=512,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$l+MO+mdbVuRixr2Y2kYel41k33mGc/joG+GSttnH94Y'],
  ['bcrypt 2a', 'U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
  ['bcrypt 2b', 'correct horse', '$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2'],
  ['bcrypt 2y', 'correct horse', '$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2'],
  ['scrypt PHC', 'correct horse', '$scrypt$ln=10,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$nfkj3u1fRTHCea+fVr03sWV770kp5wLOLoEakziKhqE'],
  ['passlib scrypt', 'password', '$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E'],
  [
    'pbkdf2-sha256 PHC',
    'correct horse',
    '$pbkdf2-sha256$i=1000,l=32$AAECAwQFBgcICQoLDA0ODw$yRTMTwbMbo9G0VfjobWqerzuuxe7BETNTErBbKKumGQ',
  ],
  [
    'pbkdf2-sha512 PHC',
    'correct horse',
    '$pbkdf2-sha512$i=1000,l=32$AAECAwQFBgcICQoLDA0ODw$Xpx07WjVx4vCIvrmBRj8uOoVVtGqJqtUv2J5bhizSQs',
  ],
  ['passlib pbkdf2-sha256', 'password', '$pbkdf2-sha256$6400$0ZrzXitFSGltTQnBWOsdAw$Y11AchqV4b0sUisdZd0Xr97KWoymNE0LNNrnEgY4H9M'],
  [
    'passlib pbkdf2-sha256 with dots',
    'correct horse',
    '$pbkdf2-sha256$1000$.....................w$inu/EBpg0qECleeKypc9kzVfX63hp95yXHO9eUdBakk',
  ],
  [
    'passlib pbkdf2-sha512',
    'correct horse',
    '$pbkdf2-sha512$1000$AAECAwQFBgcICQoLDA0ODw$Xpx07WjVx4vCIvrmBRj8uOoVVtGqJqtUv2J5bhizSQs7osCteF7W4A61dZDqSIqQjO.dxO6p5FT/Uy7QRBXSXA',
  ],
  ['Django pbkdf2_sha256', 'correct horse', 'pbkdf2_sha256$1000$seasalt$mQnueSakb748zqBAC1tmWVZsZbi2zPGZarEzTGdfmso='],
  ['Django pbkdf2_sha1', 'correct horse', 'pbkdf2_sha1$1000$seasalt$iQvkNOF1wEL4Khh8eogJ8rUhipM='],
  [
    'Django argon2 with its eight lanes',
    'correct horse',
    'argon2$argon2id$v=19$m=512,t=2,p=8$c29tZXNhbHRzb21lc2FsdA$WDHldMvUs/d3KVXyhG13LUwUiS2AdbzVv6BIWasDlAQ',
  ],
  ['Django bcrypt', 'correct horse', 'bcrypt$$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2'],
  ['Django bcrypt_sha256', 'correct horse', 'bcrypt_sha256$$2b$05$abcdefghijklmnopqrstuuFRrKxBsFtwnfZtmHymgDN/Qb8toxLuK'],
  [
    'Django scrypt',
    'lètmein',
    'scrypt$16384$seasalt$8$5$ECMIUp+LMxMSK8xB/IVyba+KYGTI7FTnet025q/1f/vBAVnnP3hdYqJuRi+mJn6ji6ze3Fbb7JEFPKGpuEf5vw==',
  ],
]

test.each(vectors)('%s: the right password verifies, another does not', async (_, password, encoded) => {
  expect(await verifies(password, encoded)).toBe(true)
  expect(await verifies(`${password}x`, encoded)).toBe(false)
})

test.each(vectors)('%s is told apart from other formats', (name, _, encoded) => {
  expect(formatOf(encoded)).toBe(/argon2|bcrypt|scrypt|pbkdf2/.exec(name)?.[0] ?? '')
})

test('bcrypt accepts what the old system accepted: what follows its 72 bytes is not read', async () => {
  const encoded = '$2b$05$abcdefghijklmnopqrstuuGUnCqbfgs3htOkLrFduUjAyLBw1Rq/u'
  expect(await verifies('a'.repeat(80), encoded)).toBe(true)
  expect(await verifies('a'.repeat(73), encoded)).toBe(true)
  expect(await verifies('a'.repeat(71), encoded)).toBe(false)
})

const tag = 'k9ohroejZy1PN5E1SbHNPug6vB8eQAahb5SOAp6iGF4'
const salt = 'c29tZXNhbHRzb21lc2FsdA'

test.each([
  ['argon2 of 512 MiB', `$argon2id$v=19$m=524288,t=2,p=1$${salt}$${tag}`],
  ['argon2 of 11 passes', `$argon2id$v=19$m=512,t=11,p=1$${salt}$${tag}`],
  ['argon2 of 5 lanes', `$argon2id$v=19$m=512,t=2,p=5$${salt}$${tag}`],
  ['Django argon2 of 9 lanes', `argon2$argon2id$v=19$m=512,t=2,p=9$${salt}$${tag}`],
  ['argon2 of no passes', `$argon2id$v=19$m=512,t=0,p=1$${salt}$${tag}`],
  ['argon2 with less memory than its lanes need', `$argon2id$v=19$m=16,t=2,p=4$${salt}$${tag}`],
  ['argon2 of an unknown version', `$argon2id$v=20$m=512,t=2,p=1$${salt}$${tag}`],
  ['argon2 with more memory than a number holds', `$argon2id$v=19$m=99999999999999999999,t=2,p=1$${salt}$${tag}`],
  ['argon2 with an empty tag', `$argon2id$v=19$m=512,t=2,p=1$${salt}$`],
  ['a tag cut to eight bytes', `$argon2id$v=19$m=512,t=2,p=1$${salt}$${tag.slice(0, 11)}`],
  ['a tag in two spellings', `$argon2id$v=19$m=512,t=2,p=1$${salt}$${tag.slice(0, -1)}5`],
  ['bcrypt of cost 15', '$2b$15$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2'],
  ['bcrypt of cost 3', '$2b$03$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2'],
  ['bcrypt of the broken variant', '$2x$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2'],
  ['bcrypt cut short', '$2b$05$abcdefghijklmnopqrstuu'],
  ['scrypt of 2 GiB', `$scrypt$ln=21,r=8,p=1$${salt}$${tag}`],
  ['scrypt of ln 99', `$scrypt$ln=99,r=1,p=1$${salt}$${tag}`],
  ['scrypt of 17 lanes', `$scrypt$ln=10,r=8,p=17$${salt}$${tag}`],
  ['Django scrypt whose N is no power of two', `scrypt$1000$seasalt$8$1$${tag}=`],
  ['pbkdf2 of 10,000,001 rounds', `$pbkdf2-sha256$10000001$${salt}$${tag}`],
  ['pbkdf2 of no rounds', `pbkdf2_sha256$0$seasalt$${tag}=`],
  ['pbkdf2 whose length is not that of its tag', `$pbkdf2-sha256$i=1000,l=20$${salt}$${tag}`],
  ['pbkdf2 of MD5', `$pbkdf2-md5$1000$${salt}$${tag}`],
  ['a bare SHA-1', '5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8'],
  ["Django's unusable password", '!abcdefghijklmnopqrstuvwxyz'],
  ['a hash of a megabyte', `$argon2id$v=19$m=512,t=2,p=1$${salt}$${'A'.repeat(1_000_000)}`],
  ['nothing', ''],
])('PW-11: %s is never computed, whoever stored it', (_, encoded) => {
  expect(readHash(encoded)).toBeUndefined()
})
