// The other side of bench/decisions: the npm package feelin, over the same expressions and tables. Prints one JSON object.
//     node bench/feelin.mjs PACKAGE expression TEXT INPUTS SECONDS
//     node bench/feelin.mjs PACKAGE table RULES.json INPUTS SECONDS
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const [, , entry, kind, what, inputsPath, seconds] = process.argv
const { evaluate, unaryTest } = await import(pathToFileURL(entry))
const inputs = readFileSync(inputsPath, 'utf8').split('\n').filter(line => line).map(line => JSON.parse(line))
const value = result => (result !== null && typeof result === 'object' && 'value' in result ? result.value : result)

// A table of the hit policy First, as one writes it over feelin: each cell is a unary test of its input.
function table({ columns, rules }) {
  return input => {
    for (const rule of rules) {
      if (columns.every((name, at) => rule[at] === '-' || value(unaryTest(rule[at], { ...input, '?': input[name] })))) {
        return value(evaluate(rule[columns.length], input))
      }
    }
    return null
  }
}

const run = kind === 'table' ? table(JSON.parse(readFileSync(what, 'utf8'))) : input => value(evaluate(what, input))
let count = 0
const results = inputs.slice(0, 20).map(run)
// Half the time again goes before, so that what is measured has been compiled.
const warm = performance.now()
while (performance.now() - warm < Number(seconds) * 500) run(inputs[count++ % inputs.length])
count = 0
const begin = performance.now()
while (performance.now() - begin < Number(seconds) * 1000) {
  for (let i = 0; i < 10; i++) run(inputs[count++ % inputs.length])
}
console.log(JSON.stringify({ evaluations_per_second: Math.round(count / (performance.now() - begin) * 1000), results }))
