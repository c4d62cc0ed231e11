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

-- Izin's Content-Usage, and what the site says `n` of: of a category that stands there twice the last member counts (RFC 9651).
local function usage(said)
  local kept = said[#said]
  for at = 1, #said - 1 do
    for category, value in said[at]:gmatch("([%w*_.-]+)%s*=%s*([%w?]+)") do
      if value == "n" and not (", " .. kept .. ","):find(", " .. category .. "=n,", 1, true) then
        kept = kept .. ", " .. category .. "=n"
      end
    end
  end
  return kept
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
  if shared(headers) then
    headers:remove("izin-decision")
  elseif #decision > 1 then
    only(headers, "izin-decision", decision[#decision])
  end
end
