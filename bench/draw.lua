-- Draws for wrk: each request one command, or an array of BATCH commands, over LIMITS limits with five limits a path.
local batch = tonumber(os.getenv("BATCH") or "1")
local limits = tonumber(os.getenv("LIMITS") or "10000")
local token = os.getenv("TOKEN")
local threads = 0

function setup(thread)
   threads = threads + 1
   thread:set("number", threads)
end

function init()
   made = 0
   math.randomseed(number)
   run = os.time()
end

function request()
   local commands = {}
   for i = 1, batch do
      made = made + 1
      commands[i] = string.format('{"op":"draw","id":"w%d-%d-%d","limit":"p%d","amount":"1.00"}',
                                  run, number, made, math.random(0, limits - 1))
   end
   return wrk.format("POST", "/v1/commands",
                     {["Authorization"] = "Bearer " .. token, ["Content-Type"] = "application/json"},
                     "[" .. table.concat(commands, ",") .. "]")
end

function done(summary, latency, requests)
   local answered = summary.requests - summary.errors.status
   io.write(string.format(
      '{"path":"http","batch":%d,"durable":true,"decisions_per_second":%.0f,"p50_us":%d,"p99_us":%d,"p999_us":%d,"errors":%d}\n',
      batch, answered * batch * 1e6 / summary.duration, latency:percentile(50), latency:percentile(99),
      latency:percentile(99.9), summary.errors.status + summary.errors.connect + summary.errors.timeout))
end
