-- A lane says that it is there, and with "say" what it took from quotas: that replaces what is known of it here.
--
-- KEYS   the state (`take.lua`), the orders
-- ARGV   lane, its generation ("" for none yet), what runs the server, "say" or "beat", microseconds after which a lane is gone,
--        the version of the orders and the number of changes that it knows ("-": it asks for none); then three lists, each a number and so many of
--        license, packed days | lane, license, packed days (of others, at least) | order, when it was given, text
-- gives  "ok", generation, now, lanes that are there, whether it had another generation here, version, changes,
--        {field, packed days …} if there were changes, {order, text …} if there are others than known; or "stale".
--
-- The orders are a hash: "#" the version, of each order the instant at which it was given (µs), a blank, and its text.
local state, orders = KEYS[1], KEYS[2]
local lane, generation, run, kind = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local gone, version, changes = tonumber(ARGV[5]), ARGV[6], ARGV[7]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local stamp = string.format('%.0f', now)
local FORGOTTEN = 400 * 86400 * 1000000

local function number(text)
  if type(text) ~= 'string' or #text > 16 or not string.find(text, '^%d+$') then return nil end
  return tonumber(text)
end

-- Of two maps by day the higher counts.
local function highest(one, other)
  local merged = {}
  for _, packed in ipairs({one or '', other or ''}) do
    local fine, days = pcall(cmsgpack.unpack, packed)
    if fine and type(days) == 'table' then
      for day, count in pairs(days) do
        if type(day) == 'string' and type(count) == 'number' and count >= 0 then
          merged[day] = math.max(merged[day] or 0, count)
        end
      end
    end
  end
  return cmsgpack.pack(merged)
end

local held = redis.pcall('HMGET', state, 'era', 'lanes', 'g:' .. lane, 'n')
if held.err then
  redis.call('DEL', state)
  held = {}
end
local era, lanes, had = held[1], held[2] or '', held[3]
if kind == 'beat' and (era ~= run or had ~= generation) then return {'stale'} end

local known = {}
for id in string.gmatch(lanes, '%S+') do known[id] = true end
local function register(id)
  if not known[id] then
    known[id], lanes = true, lanes .. ' ' .. id
    redis.call('HSET', state, 'lanes', lanes, 's:' .. id, stamp)
  end
end

local at = 8
local function list(size, take)
  local count = tonumber(ARGV[at])
  at = at + 1
  for _ = 1, count do
    take(ARGV[at], ARGV[at + 1], ARGV[at + 2])
    at = at + size
  end
end

if kind == 'say' and era ~= run then
  -- Another server, or another life of it: all say anew what they took, and until then it counts as the least.
  for _, field in ipairs(redis.call('HKEYS', state)) do
    local of = string.match(field, '^q(:.*)$')
    if of then
      local both = redis.call('HMGET', state, field, 'v' .. of)
      redis.call('HSET', state, 'v' .. of, highest(both[1], both[2]))
    end
    if of or string.sub(field, 1, 2) == 'e:' then redis.call('HDEL', state, field) end
  end
  redis.call('HSET', state, 'era', run)
end
if kind == 'say' and (had ~= generation or generation == '') then
  generation = string.format('%.0f', math.max((number(had) or 0) + 1, now))
end
register(lane)
redis.call('HSET', state, 's:' .. lane, stamp)
local said = {}
list(2, function(license, packed)
  local field = 'q:' .. license .. ':' .. lane
  said[field] = true
  redis.call('HSET', state, field, packed)
end)
list(3, function(id, license, packed)
  register(id)
  if redis.call('HGET', state, 'e:' .. id) ~= run then
    local field = 'v:' .. license .. ':' .. id
    redis.call('HSET', state, field, highest(redis.call('HGET', state, field), packed))
  end
end)
if kind == 'say' then
  redis.call('HSET', state, 'g:' .. lane, generation, 'e:' .. lane, run)
  local suffix = ':' .. lane
  for _, field in ipairs(redis.call('HKEYS', state)) do
    local mine = string.sub(field, -#suffix) == suffix and string.find(field, '^[qv]:')
    if mine and not said[field] then redis.call('HDEL', state, field) end
  end
  redis.call('HINCRBY', state, 'n', 1)
end

local there, kept = 0, ''
for id in string.gmatch(lanes, '%S+') do
  local heard = number(redis.call('HGET', state, 's:' .. id))
  if heard and now - heard < gone then there = there + 1 end
  if heard and now - heard > FORGOTTEN then
    for _, field in ipairs(redis.call('HKEYS', state)) do
      if string.sub(field, -#id - 1) == ':' .. id then redis.call('HDEL', state, field) end
    end
  else
    kept = kept .. ' ' .. id
  end
end
if kept ~= lanes then redis.call('HSET', state, 'lanes', kept) end

local same = redis.pcall('HGET', orders, '#')
if type(same) == 'table' then
  redis.call('DEL', orders)
  same = false
end
list(3, function(order, given, text)
  local before = redis.call('HGET', orders, order)
  local when = before and number(string.match(before, '^(%d+) '))
  if not when or when < tonumber(given) or (when == tonumber(given) and before ~= given .. ' ' .. text) then
    redis.call('HSET', orders, order, given .. ' ' .. text)
    same = redis.call('HINCRBY', orders, '#', 1)
  end
end)
local told, every = {}, {}
local count = redis.call('HGET', state, 'n') or '0'
if changes ~= '-' and count ~= changes then
  local all = redis.call('HGETALL', state)
  for index = 1, #all, 2 do
    if string.find(all[index], '^[qv]:') then
      told[#told + 1], told[#told + 2] = all[index], all[index + 1]
    end
  end
end
same = tostring(same or '0')
if same ~= version then every = redis.call('HGETALL', orders) end
local contested = (had and had ~= ARGV[2]) and 1 or 0
return {'ok', generation, stamp, there, contested, same, count, told, every}
