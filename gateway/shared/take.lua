-- Counts one request under rates and quotas together, or under none if one refuses it. Time is the server's.
--
-- KEYS   the state, then the counter of each rate
-- ARGV   lane, its generation, microseconds after which a lane is gone, microseconds that clocks may differ; then for each
--        rate      "r", step, burst
--        quota     "q", license, day, first day, last day, begin, end, limit, "1" where it only asks
-- gives  "ok", now, and of each: remaining, wait, reset (0 for a quota); or one word that says why not:
--        "stale" this lane must say its counts first, "settling" another must, "clock" the period is not now, "garbage".
--
-- A counter of a rate is the instant (µs since 1970) at which it is as good as new (GCRA). The state is a hash:
--   era                what runs the server: counts said under another one are lower bounds only
--   lanes              the names of all lanes, blanks between
--   g:LANE s:LANE e:LANE   its generation, when it was last heard (µs), the era in which it said its counts
--   q:LICENSE:LANE     what it took by day: a map in MessagePack
--   v:LICENSE:LANE     what others know that it took at least
--   n                  grows with each change of a count
local MOST = 9007199254740992

local function whole(text)
  if type(text) ~= 'string' or #text > 16 or not string.find(text, '^%d+$') then return nil end
  local number = tonumber(text)
  return number <= MOST and number or nil
end

local function days_in(packed)
  local fine, days = pcall(cmsgpack.unpack, packed)
  if not fine or type(days) ~= 'table' then return nil end
  for day, count in pairs(days) do
    if type(day) ~= 'string' or type(count) ~= 'number' or count < 0 or count > MOST or count % 1 ~= 0 then
      return nil
    end
  end
  return days
end

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local state, lane, generation = KEYS[1], ARGV[1], ARGV[2]
local gone, tolerance = tonumber(ARGV[3]), tonumber(ARGV[4])
local era, lanes
local found, changes, own, refused = {'ok', string.format('%.0f', now)}, {}, {}, false

local function broken(key)
  redis.call('DEL', key)
  return {'garbage'}
end

local at, key = 5, 2
while at <= #ARGV do
  if ARGV[at] == 'r' then
    local step, burst, name = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), KEYS[key]
    at, key = at + 3, key + 1
    local latest, due = now + step * burst, now
    local held = redis.pcall('GET', name)
    if held then
      due = whole(held)
      if not due then return broken(name) end
      if due > latest then -- the clock was set back: nobody waits for longer than one step
        due = latest
        redis.call('SET', name, string.format('%.0f', due), 'PX', math.ceil((due - now) / 1000))
      end
      due = math.max(now, due)
    end
    local wait = math.max(0, due + step - latest)
    refused = refused or wait > 0
    changes[#changes + 1] = {name, due, step}
    found[#found + 1] = {latest, due, step, wait}
  else
    local license, day, first, last = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
    local begins, ends, limit = tonumber(ARGV[at + 5]), tonumber(ARGV[at + 6]), tonumber(ARGV[at + 7])
    local asks = ARGV[at + 8] == '1'
    at = at + 9
    if not lanes then
      local held = redis.pcall('HMGET', state, 'era', 'lanes', 'g:' .. lane, 'e:' .. lane)
      if held.err then return broken(state) end
      era, lanes = held[1], held[2]
      if not era or not lanes or held[3] ~= generation or held[4] ~= era then return {'stale'} end
    end
    if now < begins - tolerance or now >= ends + tolerance then return {'clock'} end
    local used, mine = 0, nil
    for id in string.gmatch(lanes, '%S+') do
      local of = ':' .. license .. ':' .. id
      local held = redis.call('HMGET', state, 'e:' .. id, 's:' .. id, 'q' .. of, 'v' .. of)
      local packed = held[3]
      if held[1] ~= era then
        local heard = whole(held[2])
        if not heard then return broken(state) end
        if now - heard < gone then return {'settling'} end
        packed = held[4]
      end
      local days = {}
      if packed then
        days = days_in(packed)
        if not days then return broken(state) end
      end
      if id == lane then mine = days end
      for one, count in pairs(days) do
        if first <= one and one <= last then used = used + count end
      end
    end
    if not mine then return {'stale'} end
    local left = math.max(0, limit - used)
    refused = refused or (left == 0 and not asks)
    if not asks then
      mine[day] = (mine[day] or 0) + 1
      own[#own + 1] = {'q:' .. license .. ':' .. lane, mine}
    end
    found[#found + 1] = {left, asks}
  end
end

for index = 3, #found do
  local one = found[index]
  if one[3] then
    local after = refused and one[2] or one[2] + one[3]
    found[index] = {math.floor((one[1] - after) / one[3]), one[4], math.max(0, after - now)}
  else
    local taken = not refused and not one[2]
    found[index] = {one[1] - (taken and 1 or 0), (one[1] == 0 and not one[2]) and 1 or 0, 0}
  end
end
if not refused then
  for _, one in ipairs(changes) do
    local due = one[2] + one[3]
    redis.call('SET', one[1], string.format('%.0f', due), 'PX', math.ceil((due - now) / 1000))
  end
  for _, one in ipairs(own) do
    redis.call('HSET', state, one[1], cmsgpack.pack(one[2]))
    redis.call('HINCRBY', state, 'n', 1)
  end
end
return found
