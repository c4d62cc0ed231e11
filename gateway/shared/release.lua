-- Gives one request back to a quota. What is not known here any more was said anew meanwhile, or will be.
--
-- KEYS   the state (`take.lua`)
-- ARGV   lane, its generation, license, day
local state, lane, license, day = KEYS[1], ARGV[1], ARGV[3], ARGV[4]
local field = 'q:' .. license .. ':' .. lane
local held = redis.pcall('HMGET', state, 'g:' .. lane, field)
if held.err or held[1] ~= ARGV[2] or not held[2] then return {'stale'} end
local fine, days = pcall(cmsgpack.unpack, held[2])
if not fine or type(days) ~= 'table' or type(days[day]) ~= 'number' or days[day] < 1 then return {'garbage'} end
days[day] = days[day] - 1
redis.call('HSET', state, field, cmsgpack.pack(days))
redis.call('HINCRBY', state, 'n', 1)
return {'ok'}
