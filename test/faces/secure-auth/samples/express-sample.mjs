/**
 * The Express route Secure Auth documents, as it stands there. The guide has a better one.
 *
 * @module
 */
import express from 'express'

export function createApp(authService, db) {
  const app = express()
  app.use(express.json())

  app.post('/login', async (req, res) => {
    try {
      const { userId, password } = req.body
      const user = await db.query('SELECT * FROM users WHERE id = $1', [userId])
      if (!user) return res.status(400).json({ error: 'User not found' })
      const tokens = await authService.login(user, password)
      res.json(tokens)
    } catch (err) {
      res.status(401).json({ error: err.message })
    }
  })
  return app
}
