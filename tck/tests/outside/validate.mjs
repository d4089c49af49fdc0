// SPDX-License-Identifier: Apache-2.0
// Ajv, as a command: node validate.mjs NODE_MODULES SCHEMA DOCUMENT…   Says of each document "valid" or what is wrong. In strict
// mode, which also refuses a schema that says what no validator would look at.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const [modules, schema, ...documents] = process.argv.slice(2)
const require = createRequire(`${modules}/`)
const Ajv = require('ajv/dist/2020').default
const addFormats = require('ajv-formats').default

const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true })
addFormats(ajv)
const validate = ajv.compile(JSON.parse(readFileSync(schema, 'utf8')))
for (const document of documents) {
  const valid = validate(JSON.parse(readFileSync(document, 'utf8')))
  console.log(valid ? 'valid' : ajv.errorsText(validate.errors))
}
