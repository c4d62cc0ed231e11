-- What accompanies the site's answer. Of a field that both say, the site's values stand first, Izin's is the last.

-- All values of a field.
local function values(headers, name)
  local found = {}
  for at = 0, headers:getNumValues(name) - 1 do
    found[#found + 1] = headers:getAtIndex(name, at)
  end
  return found
end

local function only(headers, name, value)
  headers:remove(name)
  headers:add(name, value)
end

-- Izin's Content-Usage, the last, with what the site says besides: of each use the stricter of both.
local function usage(said)
  local uses, values = {}, {}
  table.insert(said, 1, table.remove(said))
  for _, field in ipairs(said) do
    for member in field:gmatch("[^,]+") do
      local use, value = member:lower():match("^%s*([%a*][%w_.*-]*)%s*=%s*([%w?]+)")
      if use and not values[use] then
        uses[#uses + 1] = use
      end
      if use and (not values[use] or value == "n") then
        values[use] = value
      end
    end
  end
  for at, use in ipairs(uses) do uses[at] = use .. "=" .. values[use] end
  return table.concat(uses, ", ")
end

-- Whether a shared cache has explicit leave to store the answer.
local function shared(headers)
  for _, value in ipairs(values(headers, "cache-control")) do
    local lower = "," .. value:lower():gsub("%s", ",") .. ","
    if lower:find(",public,", 1, true) or lower:find(",s%-maxage[=,]") then return true end
  end
  return headers:get("cdn-cache-control") ~= nil or headers:get("surrogate-control") ~= nil
end

function envoy_on_response(handle)
  local headers = handle:headers()
  -- Envoy would take a 503 of Izin's for a failure, and pass the request on; so Izin says 403, and the status beside.
  local status = headers:get("izin-status")
  if status then
    headers:replace(":status", status)
    headers:remove("izin-status")
    return
  end
  local decision = values(headers, "izin-decision")
  if #decision == 0 then return end
  handle:streamInfo():dynamicMetadata():set("izin", "decision", decision[#decision])
  local uses, reservation, terms =
    values(headers, "content-usage"), values(headers, "tdm-reservation"), values(headers, "tdm-policy")
  if #uses > 1 then only(headers, "content-usage", usage(uses)) end
  if #reservation > 1 then
    local strict = reservation[#reservation]
    for _, value in ipairs(reservation) do
      if value == "1" then strict = "1" end
    end
    only(headers, "tdm-reservation", strict)
  end
  if #terms > 1 then only(headers, "tdm-policy", terms[#terms]) end
  -- What a license opened stays in no cache; of everything else the decision and what is said of rates belong to one request.
  local asked = handle:streamInfo():dynamicMetadata():get("envoy.filters.http.ext_authz") or {}
  if asked["cache-control"] then
    only(headers, "cache-control", asked["cache-control"])
    for _, name in ipairs({ "cdn-cache-control", "surrogate-control", "expires" }) do headers:remove(name) end
  elseif shared(headers) then
    for _, name in ipairs({ "izin-decision", "ratelimit", "ratelimit-policy" }) do headers:remove(name) end
    return
  end
  if #decision > 1 then
    only(headers, "izin-decision", decision[#decision])
  end
end
