-- Izin beside HAProxy, which has no question of its own but an HTTP client for Lua (2.6 and later): `izin_ask` asks about a
-- request, and `izin_says` puts what Izin says of the page on the site's answer.

local WHERE = os.getenv("IZIN_CHECK") or "unix@/run/izin/check.sock"

-- Fields of the client's connection, and those that name what is asked about: a client's own values end here.
local NOT_ASKED = {}
for name in ([[connection keep-alive te upgrade transfer-encoding content-length expect host forwarded
    x-forwarded-for x-forwarded-proto x-forwarded-host x-forwarded-method x-forwarded-uri]]):gmatch("%S+") do
  NOT_ASKED[name] = true
end

-- Lines of a question's head: HAProxy 2.6 dies of one that has more than it takes from a client (`tune.http.maxhdr`, 101).
local MOST_LINES = 96

-- Values of a field as HAProxy keeps them, from 0 on.
local function values(fields, name)
  local found = {}
  for at = 0, fields[name] and #fields[name] or -1 do found[#found + 1] = fields[name][at] end
  return found
end

core.register_action("izin_ask", { "http-req" }, function(txn)
  local sent, asked = txn.http:req_get_headers(), {}
  for name in pairs(sent) do
    if not NOT_ASKED[name] then asked[name] = values(sent, name) end
  end
  asked["user-agent"] = asked["user-agent"] or { "" } -- else the client would name itself HAProxy
  asked["host"] = { "izin" }
  asked["x-forwarded-method"] = { txn.f:method() }
  asked["x-forwarded-uri"] = { txn.f:pathq() }
  asked["x-forwarded-host"] = values(sent, "host")
  asked["x-forwarded-for"] = { txn.sf:src() }
  asked["x-forwarded-proto"] = { txn.sf:ssl_fc() == "1" and "https" or "http" }
  local lines = 0
  for _, found in pairs(asked) do lines = lines + #found end
  if lines > MOST_LINES then
    local reply = txn:reply({ status = 431, reason = "Request Header Fields Too Large" })
    reply:add_header("cache-control", "no-store")
    txn:done(reply)
  end
  local said = core.httpclient():get({
    url = "http://izin/_izin/check/forwarded", dst = WHERE, headers = asked, timeout = 8000,
  })
  local decision = said.headers and said.headers["izin-decision"]
  if not decision then
    txn:set_var("txn.izin_unasked", "down")
    return
  end
  txn:set_var("txn.izin_decision", decision[0])
  if said.status < 300 then
    txn:set_priv(said.headers)
    return
  end
  local reply = txn:reply({ status = said.status })
  for name in pairs(said.headers) do
    if not NOT_ASKED[name] and name ~= "date" then
      for _, value in ipairs(values(said.headers, name)) do reply:add_header(name, value) end
    end
  end
  reply:set_body(said.body)
  txn:done(reply)
end)

-- Izin's Content-Usage with what the site says besides: of each use the stricter of both.
local function usage(ours, theirs)
  local uses, known = {}, {}
  for _, field in ipairs({ ours, table.unpack(theirs) }) do
    for member in field:gmatch("[^,]+") do
      local use, value = member:lower():match("^%s*([%a*][%w_.*-]*)%s*=%s*([%w?]+)")
      if use and not known[use] then uses[#uses + 1] = use end
      if use and (not known[use] or value == "n") then known[use] = value end
    end
  end
  for at, use in ipairs(uses) do uses[at] = use .. "=" .. known[use] end
  return table.concat(uses, ", ")
end

-- Whether a shared cache has explicit leave to store the answer.
local function shared(site)
  local caching = ("," .. table.concat(values(site, "cache-control"), ",") .. ","):lower():gsub("%s", ",")
  return caching:find(",public[=,]") or caching:find(",s%-maxage[=,]")
    or site["cdn-cache-control"] or site["surrogate-control"]
end

core.register_action("izin_says", { "http-res" }, function(txn)
  local said = txn:get_priv()
  if not said then return end
  local site, http = txn.http:res_get_headers(), txn.http
  local function one(name) return said[name] and said[name][0] end
  for _, name in ipairs({ "link", "x-robots-tag" }) do
    for _, value in ipairs(values(said, name)) do http:res_add_header(name, value) end
  end
  if one("content-usage") then
    http:res_set_header("content-usage", usage(one("content-usage"), values(site, "content-usage")))
  end
  if one("tdm-reservation") then
    local reservation = one("tdm-reservation")
    for _, value in ipairs(values(site, "tdm-reservation")) do
      if value == "1" then reservation = value end
    end
    http:res_set_header("tdm-reservation", reservation)
    if one("tdm-policy") then http:res_set_header("tdm-policy", one("tdm-policy")) end
  end
  http:res_del_header("izin-decision")
  -- What a license opened stays in no cache; of everything else the decision and what is said of rates belong to one request.
  if one("cache-control") then
    http:res_set_header("cache-control", one("cache-control"))
    for _, name in ipairs({ "cdn-cache-control", "surrogate-control", "expires" }) do http:res_del_header(name) end
  elseif shared(site) then
    return
  end
  for _, name in ipairs({ "ratelimit", "ratelimit-policy", "izin-decision" }) do
    if one(name) then http:res_set_header(name, one(name)) end
  end
end)
