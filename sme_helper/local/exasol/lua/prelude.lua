-- What Exasol adds to Lua 5.4 in scripting programs, and what it takes away.
-- Gets the server's functions as its only argument; returns the function that runs a program.
local server = ...
local debug, xpcall_with_handler, raise, load_chunk = debug, xpcall, error, load
local plain_pcall, plain_tonumber, plain_pairs = pcall, tonumber, pairs

NULL, null = server.NULL, server.NULL

-- Errors -------------------------------------------------------------------------------

-- Raised by exit() and by an abort; no pcall of the script holds them up.
local Exit = {}
local Abort = {}

local function is_final(problem)
  local kind = getmetatable(problem)
  return kind == Exit or kind == Abort
end

local SqlFailure = {
  __tostring = function(failure) return failure.error_message end,
}

function error(problem, level)
  if type(problem) == 'string' then
    raise(problem, 0)
  end
  raise(problem, level or 1)
end

function pcall(action, ...)
  local outcome = table.pack(plain_pcall(action, ...))
  if not outcome[1] and is_final(outcome[2]) then
    raise(outcome[2], 0)
  end
  return table.unpack(outcome, 1, outcome.n)
end

function xpcall(action, handler, ...)
  local function guarded(problem)
    if is_final(problem) then return problem end
    return handler(problem)
  end
  local outcome = table.pack(xpcall_with_handler(action, guarded, ...))
  if not outcome[1] and is_final(outcome[2]) then
    raise(outcome[2], 0)
  end
  return table.unpack(outcome, 1, outcome.n)
end

function exit(...)
  raise(setmetatable(table.pack(...), Exit), 0)
end

-- Statements ---------------------------------------------------------------------------

local function with_counts(outcome, result)
  result.rows_inserted = outcome.rowcount
  result.rows_updated = outcome.rowcount
  result.rows_deleted = outcome.rowcount
  result.rows_affected = outcome.rowcount
  result.etime = outcome.etime
  result.statement_id = outcome.statement_id
  result.statement_text = outcome.statement_text
  return result
end

local function to_result(outcome)
  local position = {}
  for index = outcome.width, 1, -1 do position[outcome.names[index]] = index end
  local Row = {
    __index = function(row, key) return position[key] and rawget(row, position[key]) end,
  }
  local result = {}
  for index = 1, outcome.height do
    local row = {}
    for column = 1, outcome.width do row[column] = outcome.columns[column][index] end
    result[index] = setmetatable(row, Row)
  end
  return setmetatable(result, {
    __index = with_counts(outcome, {}),
    result_number = outcome.number,
  })
end

function pquery(statement, values)
  local outcome, message, code, text = server.run(statement, values)
  if outcome then return true, to_result(outcome) end
  if code == 'abort' then raise(setmetatable({}, Abort), 0) end
  return false, setmetatable({
    error_message = message, error_code = code, statement_text = text,
  }, SqlFailure)
end

function query(statement, values)
  local success, result = pquery(statement, values)
  if not success then raise(result, 0) end
  return result
end

function output(text)
  server.output(tostring(text))
end

function quote(identifier)
  return '"' .. string.gsub(tostring(identifier), '"', '""') .. '"'
end

function join(separator, ...)
  local parts = table.pack(...)
  for index = 1, parts.n do parts[index] = tostring(parts[index]) end
  return table.concat(parts, separator)
end

-- Decimals -----------------------------------------------------------------------------

function decimal(...)
  local value, message = server.decimal(...)
  if value == nil then raise(message, 0) end
  return value
end

function tonumber(value, base)
  if type(value) == 'userdata' then return server.to_number(value) end
  if base then return plain_tonumber(value, base) end
  return plain_tonumber(value)
end

local function operation(name)
  return function(left, right)
    local value, message = server.calculate(name, left, right)
    if value == nil then raise(message, 0) end
    return value
  end
end

local methods = {}
for _, name in ipairs({ 'add', 'sub', 'mul', 'mod', 'neg', 'abs', 'floor', 'ceil', 'round',
                        'scale', 'prec' }) do
  methods[name] = operation(name)
end
methods.tonumber = tonumber
methods.tostring = tostring
methods['type'] = function() return 'decimal' end

local userdata = debug.getmetatable(server.NULL)
userdata.__index = function(value, name)
  return server.is_decimal(value) and methods[name] or nil
end
userdata.__newindex = function() raise('attempt to change a read-only value', 0) end
userdata.__metatable = false
for metamethod, name in plain_pairs({ __add = 'add', __sub = 'sub', __mul = 'mul', __div = 'div',
                                      __mod = 'mod', __unm = 'neg', __eq = 'eq', __lt = 'lt',
                                      __le = 'le', __concat = 'concat' }) do
  userdata[metamethod] = operation(name)
end

-- Modules ------------------------------------------------------------------------------

function import(name, alias)
  local code, script_name, message = server.script(name)
  if not code then raise(message, 0) end
  local environment = setmetatable({}, { __index = _G })
  local chunk, problem = load_chunk(code, '=' .. script_name, 't', environment)
  if not chunk then raise(problem, 0) end
  chunk()
  _G[alias or script_name] = environment
end

local cjson = { null = server.JSON_NULL, _NAME = 'cjson', _VERSION = '2.1.0' }

function cjson.decode(text)
  local success, value = server.json_decode(text)
  if not success then raise(value, 0) end
  return value
end

function cjson.encode(value)
  local success, text = server.json_encode(value)
  if not success then raise(text, 0) end
  return text
end

local loaded = { cjson = cjson, string = string, table = table, math = math, utf8 = utf8,
                 coroutine = coroutine }
local known_elsewhere = { ['cjson.safe'] = true, lxp = true, socket = true, ssl = true }

local plain_type = type

function require(name)
  if loaded[name] then return loaded[name] end
  local found = package.preload[name]
  if found then
    local module = found(name)
    loaded[name] = module == nil and true or module
    package.loaded[name] = loaded[name]
    return loaded[name]
  end
  if known_elsewhere[name] then
    raise("Feature not supported by the embedded stack: Lua module '" .. tostring(name) .. "'", 0)
  end
  raise("module '" .. tostring(name) .. "' not found", 0)
end

-- preload and loaded stay: scripts that bundle their modules put them there
package = { preload = {}, loaded = loaded }

function load(chunk, name, mode, environment)
  -- text only: byte code can break out of the interpreter
  if environment == nil then environment = _G end
  return load_chunk(chunk, name, 't', environment)
end

os = { time = os.time, date = os.date, clock = os.clock, difftime = os.difftime }
io, _G.debug, dofile, loadfile, python, collectgarbage = nil, nil, nil, nil, nil, nil
string.dump = nil
print = function() end

-- Running ------------------------------------------------------------------------------

-- Instructions between two looks at whether the statement was aborted.
local LOOK_EVERY = 100000

local function look()
  if server.is_aborted() then
    -- from now on at every instruction, so that no loop around a pcall survives
    debug.sethook(look, '', 1)
    raise(setmetatable({}, Abort), 0)
  end
end

local function line_of(chunk_name)
  for level = 2, 200 do
    local frame = debug.getinfo(level, 'Sl')
    if not frame then return nil end
    if frame.source == chunk_name then return frame.currentline end
  end
end

-- Returns 'done' and the script's return values; or 'failed', the message and its line;
-- or 'aborted'.
return function(code, name, parameters, arguments)
  local chunk_name = '=' .. name
  local chunk, problem = load_chunk(code, chunk_name, 't', _G)
  if not chunk then
    return 'failed', problem, nil
  end
  for index = 1, #parameters do _G[parameters[index]] = arguments[index] end

  local function describe(failure)
    if is_final(failure) then return failure end
    return { problem = failure, line = line_of(chunk_name) }
  end

  debug.sethook(look, '', LOOK_EVERY)
  local outcome = table.pack(xpcall_with_handler(chunk, describe))
  debug.sethook()
  local failure = outcome[2]
  if outcome[1] then return 'done', outcome[2], outcome[3] end
  if getmetatable(failure) == Exit then return 'done', failure[1], failure[2] end
  if getmetatable(failure) == Abort then return 'aborted' end
  local value = failure.problem
  if plain_type(value) == 'table' and not (getmetatable(value) or {}).__tostring then
    value = value.error_message or value.message or value
  end
  return 'failed', tostring(value), failure.line
end
